import type { Database } from '../../databases/index.js'
import { TOKEN_LENGTH } from '../../search/index.js'
import { valueTypeOf } from '../../values/index.js'
import type { AnnotatedField } from '../annotated-fields.js'
import type { Field, Model } from '../dmmf.js'
import { looksLowEntropy } from './low-entropy.js'

/** What an encrypted field needs to know of its model to advise an index column in its place. */
export interface Surroundings {
  readonly database: Database
  readonly model: Model
  readonly annotated: readonly AnnotatedField[]
}

/** How tokens are stored so that a database index can contain them. */
export function tokenType({ columns }: Database, isRequired: boolean): string {
  return `Bytes${isRequired ? '' : '?'}${columns.unboundedKeys ? '' : ` @db.VarBinary(${TOKEN_LENGTH})`}`
}

/** Whether a field can have an index at all: a list and a document have no one canonical form. */
export function isIndexableField(field: Field): boolean {
  return !field.isList && valueTypeOf(field.type)?.canonical !== undefined
}

/** A field's index column, whether the schema has it already or has yet to write it. */
function indexColumnOf({ model, annotated }: Surroundings, field: Field): { name: string; exists: boolean } {
  const found = annotated.find((one) => one.model === model && one.index?.source === field.name)
  if (found !== undefined) return { name: found.field.name, exists: true }
  const taken = (name: string): boolean => model.fields.some((one) => one.name === name)
  const names = [`${field.name}Index`, `${field.name}Token`, `${field.name}BlindIndex`]
  return { name: names.find((name) => !taken(name)) ?? `${field.name}Index2`, exists: false }
}

function annotationFor(field: Field): string {
  const options = [
    ...(field.nativeType?.[0] === 'Citext' ? ['normalize: [lowercase]'] : []),
    ...(looksLowEntropy(field.name) ? ['lowEntropy: accepted'] : []),
  ]
  return `/// @encrypted.index(${[field.name, ...options].join(', ')})`
}

/** `@unique` or `@id`, on an index column instead. */
export function keyAdvice(around: Surroundings, field: Field, attribute: '@unique' | '@id'): string {
  const { name, exists } = indexColumnOf(around, field)
  const isRequired = attribute === '@id' || (field.isRequired && isOnlyKey(around.model, [field.name]))
  const type = `${tokenType(around.database, isRequired)} ${attribute}${isRequired ? ' @default("")' : ''}`
  return `${exists ? 'the' : 'a'} column \`${name} ${type}\` with \`${annotationFor(field)}\``
}

/** `@@unique`, `@@id` or `@@index`, with the index columns of its encrypted fields, under the name that calls know. */
export function compoundAdvice(
  around: Surroundings,
  attribute: '@@unique' | '@@id' | '@@index',
  { name, fields }: { readonly name?: string | null; readonly fields: readonly string[] },
): string {
  const { model, annotated, database } = around
  const encrypted = fields.flatMap((one) => {
    const field = model.fields.find((other) => other.name === one)
    return field !== undefined && annotated.some((other) => other.field === field && other.encrypted !== undefined)
      ? [field]
      : []
  })
  const isRequired = attribute === '@@id' || (attribute === '@@unique' && isOnlyKey(model, fields))
  const columns = encrypted.map((field) => {
    const column = indexColumnOf(around, field)
    const type = `${tokenType(database, isRequired && field.isRequired)}${isRequired ? ' @default("")' : ''}`
    const text = `\`${column.name} ${type}\` with \`${annotationFor(field)}\``
    return { field: field.name, column: column.name, text }
  })
  const replaced = fields.map((one) => columns.find(({ field }) => field === one)?.column ?? one)
  const called = attribute === '@@index' ? '' : `, name: "${name ?? fields.join('_')}"`
  const texts = columns.map(({ text }) => text).join(' and ')
  const kept = attribute === '@@index' ? '' : ', with which all calls keep working,'
  return (
    `a column ${texts}, and \`${attribute}([${replaced.join(', ')}]${called})\`${kept} in place of ` +
    `\`${attribute}([${fields.join(', ')}])\``
  )
}

/** Whether no other unique key identifies a row: Prisma wants one whose fields are all required. */
function isOnlyKey(model: Model, fields: readonly string[]): boolean {
  const isRequired = (name: string): boolean => model.fields.find((field) => field.name === name)?.isRequired === true
  const keys = [
    ...(model.primaryKey === null ? [] : [model.primaryKey.fields]),
    ...model.uniqueIndexes.map((unique) => unique.fields),
    ...model.fields.filter(({ isId, isUnique }) => isId || isUnique).map(({ name }) => [name]),
  ]
  return !keys.some((key) => key.join() !== fields.join() && key.every(isRequired))
}
