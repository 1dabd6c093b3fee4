/**
 * Words in a field's name that tell of few possible values. Whoever can compute tokens, or sees how often each one
 * occurs, finds out such a value by trying them all, so that its index must be accepted by name.
 *
 * A short list on purpose: names only, no guessing at contents. Phone numbers are not in it (too many values to try
 * one by one through the index key).
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
