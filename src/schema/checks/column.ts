import { type Database, declaredLength, minimumBytes, minimumCharacters } from '../../databases/index.js'
import { valueTypeOf } from '../../values/index.js'
import type { Field } from '../dmmf.js'

/** Why a type is refused, if its name does not show it. */
const reasons: Record<string, string> = {
  Char: 'pads its values with blanks',
  NChar: 'pads its values with blanks',
  Binary: 'pads its values with zeros',
  Citext: 'ignores case, so that two different envelopes may be equal',
  TinyText: 'holds at most 255 bytes',
  TinyBlob: 'holds at most 255 bytes',
}

/** Why an encrypted field's column cannot hold an envelope and what to write instead, or `undefined` if it can. */
export function capacityProblem(
  { columns }: Database,
  field: Field,
  { hasKeyTable }: { readonly hasKeyTable: boolean },
): string | undefined {
  // A Json column holds the envelope as a JSON string, of any length.
  const kind = valueTypeOf(field.type)?.column
  if (kind === undefined || kind === 'json') return undefined
  // What its own case-insensitive comparison was for.
  const lowercase =
    field.nativeType?.[0] === 'Citext' ? ', and `normalize: [lowercase]` in its index, if it has one,' : ''
  const instead = ` Write ${columns.remedy[kind]}${lowercase} instead.`
  const inline = hasKeyTable ? ', also with a key table, since not every key can be stored there' : ''
  const needed = `${kind === 'text' ? `${minimumCharacters} characters` : `${minimumBytes} bytes`}${inline}`

  if (field.nativeType === null || field.nativeType === undefined) {
    const standing = kind === 'text' ? columns.shortDefaultText : undefined
    if (standing === undefined) return undefined
    return `without a \`@db.\` type the column is ${standing}, which cannot hold an envelope (it needs ${needed}).${instead}`
  }
  const [name, args] = field.nativeType
  const written = args.length === 0 ? `@db.${name}` : `@db.${name}(${args.join(', ')})`
  if (!columns.roomy[kind].includes(name)) {
    return `\`${written}\` cannot hold an envelope: it ${reasons[name] ?? 'accepts only values of its own format'}.${instead}`
  }
  const length = declaredLength(columns, field.nativeType)
  if (length === undefined || length >= (kind === 'text' ? minimumCharacters : minimumBytes)) return undefined
  return `\`${written}\` cannot hold an envelope: it needs ${needed}.${instead}`
}
