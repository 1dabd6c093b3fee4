/**
 * Words in a field's name that suggest few possible values. Anyone who can compute tokens, or sees how often each one
 * occurs, can find such a value by trying them all, so its index must be accepted explicitly.
 *
 * A short list on purpose: names only, no guessing at content. Phone numbers are not in it (too many values to try one
 * by one through the index key).
 */
const words = new Set([
  'ssn',
  'pin',
  'pincode',
  'birth',
  'birthday',
  'birthdate',
  'dob',
  'age',
  'gender',
  'sex',
  'zip',
  'zipcode',
  'postcode',
])

const phrases = ['socialsecurity', 'postalcode', 'dateofbirth']

/** Whether a field of this name probably has few possible values: `dateOfBirth`, `user_ssn`, but not `shipping`. */
export function looksLowEntropy(fieldName: string): boolean {
  const parts = fieldName
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_\d]+/)
  const joined = parts.join('')
  return parts.some((part) => words.has(part)) || phrases.some((phrase) => joined.includes(phrase))
}
