import type { Database } from '../../databases/index.js'
import { TOKEN_LENGTH } from '../../search/index.js'
import { valueTypeOf } from '../../values/index.js'
import type { AnnotatedField } from '../annotated-fields.js'
import type { Field, Model } from '../dmmf.js'
import { freeName } from '../free-name.js'
import { looksLowEntropy } from '../low-entropy.js'

/** What an encrypted field needs to know of its model to advise an index column in its place. */
export interface Surroundings {
  readonly database: Database
  readonly model: Model
  readonly annotated: readonly AnnotatedField[]
  /** Whether the schema has a key table. */
  readonly hasKeyTable: boolean
}

/** How tokens are stored so that a database index can contain them. */
export function tokenType({ columns }: Database, isRequired: boolean): string {
  return `Bytes${isRequired ? '' : '?'}${columns.unboundedKeys ? '' : ` @db.VarBinary(${TOKEN_LENGTH})`}`
}

/** Whether a field can have an index at all: a list and a document have no one canonical form. */
export function isIndexableField(field: Field): boolean {
  return !field.isList && valueTypeOf(field.type)?.canonical !== undefined
}

/** A field's index column, of whole values: the one in the schema, or the one to write. */
function indexColumnOf({ model, annotated }: Surroundings, field: Field): { name: string; exists: Field | undefined } {
  const found = annotated.find(
    (one) => one.model === model && one.index?.source === field.name && one.index.options.part === undefined,
  )
  if (found !== undefined) return { name: found.field.name, exists: found.field }
  const taken = (name: string): boolean => model.fields.some((one) => one.name === name)
  const name = freeName([`${field.name}Index`, `${field.name}Token`, `${field.name}BlindIndex`], taken)
  return { name, exists: undefined }
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
  const isRequired = isInKey(around, field)
  const type = `${tokenType(around.database, isRequired)} ${attribute}${isRequired ? ' @default("")' : ''}`
  const former = isBlockAttribute(around.model, field, attribute)
    ? ` in place of \`@${attribute}([${field.name}])\``
    : ''
  // An existing column keeps its annotation, which may have options.
  if (exists !== undefined) return `\`${attribute}\` on its index column, \`${name} ${type}\`,${former}`
  return `a column \`${name} ${type}\` with \`${annotationFor(field)}\`${former}`
}

/** Whether the field is a key by a `@@unique([field])` or `@@id([field])` at the end of the model. */
function isBlockAttribute(
  { primaryKey, uniqueIndexes }: Model,
  { name }: Field,
  attribute: '@unique' | '@id',
): boolean {
  const found = attribute === '@id' ? [primaryKey?.fields ?? []] : uniqueIndexes.map(({ fields }) => fields)
  return found.some((fields) => fields.length === 1 && fields[0] === name)
}

/** A `@@unique`, `@@id` or `@@index` of the schema. */
export interface Compound {
  readonly attribute: '@@unique' | '@@id' | '@@index'
  readonly name?: string | null
  readonly fields: readonly string[]
}

/**
 * These attributes with index columns in the place of encrypted fields, under the names that calls use.
 *
 * @param introduced the field whose index column another message has described already.
 */
export function compoundAdvice(around: Surroundings, compounds: readonly Compound[], introduced?: Field): string {
  const among = compounds.flatMap(({ fields }) => encryptedAmong(around, fields))
  const columns = new Map([...new Set(among)].map((field) => [field.name, columnOf(around, field, introduced)]))
  const written = compounds.map(({ attribute, name, fields }) => {
    const replaced = fields.map((one) => columns.get(one)?.name ?? one)
    const called = attribute === '@@index' ? '' : `, name: "${name ?? fields.join('_')}"`
    return `\`${attribute}([${replaced.join(', ')}]${called})\``
  })
  const former = compounds.map(({ attribute, fields }) => `\`${attribute}([${fields.join(', ')}])\``)
  const kept = compounds.every(({ attribute }) => attribute === '@@index')
    ? ''
    : ', which keeps existing calls working,'
  const lines = [...columns.values()].flatMap(({ line }) => (line === undefined ? [] : [line]))
  const before = lines.length === 0 ? '' : `${lines.join(' and ')}, and `
  return `${before}${list.format(written)}${kept} in place of ${list.format(former)}`
}

/** An index column, with the line to write where neither the schema nor another message has it. */
function columnOf(around: Surroundings, field: Field, introduced: Field | undefined): { name: string; line?: string } {
  const { name, exists } = indexColumnOf(around, field)
  const isRequired = isInKey(around, field)
  const isElsewhere = field === introduced || field.isUnique || field.isId
  if (isElsewhere || (exists !== undefined && isFit(around.database, exists, isRequired))) return { name }
  const type = `${tokenType(around.database, isRequired)}${isRequired ? ' @default("")' : ''}`
  if (exists !== undefined) return { name, line: `its index column as \`${name} ${type}\`` }
  return { name, line: `a column \`${name} ${type}\` with \`${annotationFor(field)}\`` }
}

/** Whether a database index can contain an index column as it is. */
function isFit({ columns }: Database, { isRequired, nativeType }: Field, mustBeRequired: boolean): boolean {
  const isBounded = nativeType !== null && nativeType !== undefined
  return (isRequired || !mustBeRequired) && (columns.unboundedKeys || isBounded)
}

/** The encrypted ones of these fields. */
export function encryptedAmong({ model, annotated }: Surroundings, names: readonly string[]): Field[] {
  return names.flatMap((name) => {
    const found = annotated.find((one) => one.model === model && one.field.name === name)
    return found?.encrypted === undefined ? [] : [found.field]
  })
}

/** Whether the index column of a field becomes part of what identifies a row, of which Prisma wants one that is required. */
function isInKey(around: Surroundings, field: Field): boolean {
  const { model } = around
  const id = model.primaryKey?.fields ?? model.fields.filter(({ isId }) => isId).map(({ name }) => name)
  if (id.includes(field.name)) return true
  const keys = [
    id,
    ...model.fields.filter(({ isUnique }) => isUnique).map(({ name }) => [name]),
    ...model.uniqueIndexes.map(({ fields }) => fields),
  ].filter((key) => key.length > 0 && key.every((name) => isRequired(model, name)))
  if (keys.some((key) => encryptedAmong(around, key).length === 0)) return false
  return keys[0]?.includes(field.name) === true
}

function isRequired(model: Model, name: string): boolean {
  return model.fields.find((field) => field.name === name)?.isRequired === true
}

const list = new Intl.ListFormat('en-GB', { type: 'conjunction' })
