import { type Database, declaredLength } from '../../databases/index.js'
import { TOKEN_LENGTH } from '../../search/index.js'
import { valueTypeOf } from '../../values/index.js'
import type { AnnotatedField } from '../annotated-fields.js'
import type { IndexAnnotation } from '../annotations.js'
import type { Datamodel, Field, Model } from '../dmmf.js'
import { tokenType } from './index-advice.js'
import { lowEntropyProblems, partProblems } from './part-index.js'

/** The reasons why this column cannot hold this index; `[]` if it can. `sourceState` is the state of the field it names. */
export function indexProblems(
  datamodel: Datamodel,
  database: Database,
  model: Model,
  field: Field,
  index: IndexAnnotation,
  sourceState: 'missing' | 'plain' | 'encrypted',
  annotated: readonly AnnotatedField[],
): string[] {
  const problems: string[] = []
  const { source } = index
  if (sourceState === 'missing') {
    problems.push(
      `\`@encrypted.index(${source})\` names a field that ${model.name} does not have. Write the name of an encrypted field of ${model.name} instead.`,
    )
  } else if (sourceState === 'plain') {
    problems.push(
      `\`@encrypted.index(${source})\` indexes a field that is not encrypted. Write \`/// @encrypted\` on ${model.name}.${source} as well, or drop this index instead.`,
    )
  } else problems.push(...lowEntropyProblems(index))

  const indexed = model.fields.find(({ name }) => name === source)
  const unindexable = sourceState === 'encrypted' && indexed !== undefined ? sourceProblem(indexed, index) : undefined
  if (unindexable !== undefined) problems.push(unindexable)
  problems.push(...partProblems(model, field, index, unindexable === undefined ? indexed : undefined, annotated))

  if (field.type !== 'Bytes' || field.kind !== 'scalar' || field.isList) {
    problems.push(
      `an index column holds tokens of ${TOKEN_LENGTH} bytes. Write the type \`${tokenType(database, false)}\` instead of \`${written(field)}\`.`,
    )
    return problems
  }
  if (field.isRequired && indexed?.isRequired === false) {
    const isId = field.isId || model.primaryKey?.fields.includes(field.name) === true
    problems.push(
      isId
        ? `an id cannot be NULL, and the index is where ${source} is. Write \`${source} ${indexed.type}\` instead of \`${source} ${written(indexed)}\`.`
        : `an index column is NULL where the field is. Write the type \`${tokenType(database, false)}\` instead of \`Bytes\`.`,
    )
  }
  // The empty bytes only let a create leave the column out, as its type demands; we always write the token.
  if (field.hasDefaultValue && !(field.isRequired && field.default === '')) {
    problems.push(
      `an index column contains only tokens of its field. Write it without \`@default\`${field.isRequired ? ', or with `@default("")`,' : ''} instead.`,
    )
  }
  const native = nativeProblem(datamodel, database, model, field)
  if (native !== undefined) problems.push(native)
  return problems
}

/** An index compares whole values for equality, so the type must have one canonical form for each value. */
function sourceProblem(source: Field, { options }: IndexAnnotation): string | undefined {
  if (source.isList) {
    return `a list cannot be indexed, and ${source.name} is one. Write its elements as rows of a separate model, or drop this index instead.`
  }
  const type = valueTypeOf(source.type)
  if (type?.canonical === undefined) {
    return `only text and bytes can be indexed, but ${source.name} is ${source.type}. Write what you search for to a separate \`String\` field, or drop this index instead.`
  }
  if (!type.normalizable && (options.normalize ?? []).length > 0) {
    return `normalizers are for text, but ${source.name} is ${source.type}. Write \`@encrypted.index(${source.name})\` without \`normalize\` instead.`
  }
  return undefined
}

function nativeProblem(datamodel: Datamodel, database: Database, model: Model, field: Field): string | undefined {
  const name = field.nativeType?.[0]
  const length = declaredLength(database.columns, field.nativeType)
  if (name === 'Binary' && length !== TOKEN_LENGTH) {
    return `\`@db.Binary(${length ?? 1})\` pads or truncates the ${TOKEN_LENGTH} bytes of a token. Write \`@db.Binary(${TOKEN_LENGTH})\` instead.`
  }
  if (length !== undefined && length < TOKEN_LENGTH) {
    return `\`@db.${name}(${length})\` is too short for a token. Write \`@db.${name}(${TOKEN_LENGTH})\` instead.`
  }
  const bounded = name === 'Binary' || (name === 'VarBinary' && length !== undefined)
  if (!database.columns.unboundedKeys && !bounded && indexedWithoutLength(datamodel, model, field)) {
    return `${database.name} cannot index a column of this type. Write \`@db.VarBinary(${TOKEN_LENGTH})\` as well.`
  }
  return undefined
}

function indexedWithoutLength(datamodel: Datamodel, model: Model, field: Field): boolean {
  return datamodel.indexes.some(
    (index) =>
      index.model === model.name &&
      index.fields.some(({ name, length }) => name === field.name && length === undefined),
  )
}

/** Without a database index every search reads the whole table. */
export function unindexedWarnings(
  datamodel: Datamodel,
  database: Database,
  model: Model,
  field: Field,
  { options: { part } }: IndexAnnotation,
): string[] {
  const indexed = datamodel.indexes.some(
    (index) => index.model === model.name && index.fields.some(({ name }) => name === field.name),
  )
  return indexed
    ? []
    : [
        `no database index covers this column, so each search reads the whole table. Write ${part === undefined ? '`@unique` on it or ' : ''}\`@@index([${field.name}])\` as well${native(database)}.`,
      ]
}

/** If a unique index allows only one NULL, a second row without a value fails. */
export function uniqueNullWarnings(database: Database, field: Field): string[] {
  return !database.columns.manyNulls && field.isUnique && !field.isRequired
    ? [
        `${database.name} allows one NULL in a unique column: a second row without a value is refused. Write a filtered unique index in a migration instead if the field is optional.`,
      ]
    : []
}

function written(field: Field): string {
  return `${field.type}${field.isList ? '[]' : field.isRequired ? '' : '?'}`
}

/** What an indexed column needs besides. */
function native(database: Database): string {
  return database.columns.unboundedKeys ? '' : `, and the type \`${tokenType(database, false)}\``
}
