import type { Field } from '../dmmf.js'

/** The shortest text and binary columns we take: an inline envelope with a wrapped data key is about 350 characters. */
export const minimumCharacters = 1024
export const minimumBytes = 768

/** The SQL databases, as Prisma's `datasource.provider` names them. */
export const providers = ['postgresql', 'cockroachdb', 'mysql', 'sqlite', 'sqlserver'] as const
export type Provider = (typeof providers)[number]

type Kind = 'String' | 'Bytes'

/** Native types that hold any envelope, by provider. A number of characters or bytes is looked at where there is one. */
const roomy: Record<Provider, Record<Kind, readonly string[]>> = {
  postgresql: { String: ['Text', 'VarChar'], Bytes: ['ByteA'] },
  cockroachdb: { String: ['String'], Bytes: ['Bytes'] },
  mysql: {
    String: ['Text', 'MediumText', 'LongText', 'VarChar'],
    Bytes: ['Blob', 'MediumBlob', 'LongBlob', 'VarBinary'],
  },
  sqlite: { String: [], Bytes: [] },
  sqlserver: { String: ['VarChar', 'NVarChar', 'Text', 'NText'], Bytes: ['VarBinary', 'Image'] },
}

/** What to write instead, by provider. */
const remedy: Record<Provider, Record<Kind, string>> = {
  postgresql: { String: '`@db.Text`', Bytes: '`@db.ByteA`' },
  cockroachdb: { String: '`@db.String`', Bytes: '`@db.Bytes`' },
  mysql: { String: '`@db.Text`', Bytes: '`@db.LongBlob`' },
  sqlite: { String: '`String`', Bytes: '`Bytes`' },
  sqlserver: { String: '`@db.NVarChar(Max)`', Bytes: '`@db.VarBinary(Max)`' },
}

/** Why a type is refused, where its name does not say it. */
const reasons: Record<string, string> = {
  Char: 'pads its values with blanks',
  NChar: 'pads its values with blanks',
  Binary: 'pads its values with zeros',
  Citext: 'compares without letter case, so that two different envelopes may count as equal',
  TinyText: 'holds 255 bytes',
  TinyBlob: 'holds 255 bytes',
}

/** Why an encrypted field's column cannot hold an envelope and what to write instead, or `undefined` if it can. */
export function capacityProblem(provider: Provider, field: Field): string | undefined {
  // A Json column holds the envelope as a JSON string, of any length.
  if (field.type !== 'String' && field.type !== 'Bytes') return undefined
  const instead = ` Write ${remedy[provider][field.type]} instead.`
  const needed = field.type === 'String' ? `${minimumCharacters} characters` : `${minimumBytes} bytes`

  if (field.nativeType === null || field.nativeType === undefined) {
    const standing = field.type === 'String' ? defaultText[provider] : undefined
    if (standing === undefined) return undefined
    return `without a \`@db.\` type the column is ${standing}, which cannot hold an envelope (it needs ${needed}).${instead}`
  }
  const [name, args] = field.nativeType
  const written = args.length === 0 ? `@db.${name}` : `@db.${name}(${args.join(', ')})`
  if (!roomy[provider][field.type].includes(name)) {
    return `\`${written}\` cannot hold an envelope: it ${reasons[name] ?? 'takes only values of its own form'}.${instead}`
  }
  const length = declaredLength(provider, field)
  if (length === undefined || length >= (field.type === 'String' ? minimumCharacters : minimumBytes)) return undefined
  return `\`${written}\` cannot hold an envelope: it needs ${needed}.${instead}`
}

const defaultText: Partial<Record<Provider, string>> = { mysql: 'VARCHAR(191)', sqlserver: 'NVARCHAR(1000)' }

/** The length of `@db.VarChar(n)` and its like; `undefined` where there is no bound. */
export function declaredLength(provider: Provider, field: Field): number | undefined {
  const [name, args] = field.nativeType ?? ['', []]
  const first = args[0]
  if (first !== undefined) return first.toLowerCase() === 'max' ? undefined : Number(first)
  // SQL Server takes a length of 1 where none is given.
  return provider === 'sqlserver' && ['VarChar', 'NVarChar', 'VarBinary', 'Binary'].includes(name) ? 1 : undefined
}
