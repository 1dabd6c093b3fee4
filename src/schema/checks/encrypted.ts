import type { Database } from '../../databases/index.js'
import { encryptableTypes, valueTypeOf } from '../../values/index.js'
import type { EncryptedAnnotation } from '../annotations.js'
import { type Datamodel, defaultFunction, type Field, foreignKeyOf, type Model } from '../dmmf.js'
import { functionDefault } from '../function-default.js'
import { capacityProblem } from './column.js'
import { compoundAdvice, isIndexableField, keyAdvice, type Surroundings } from './index-advice.js'

/** `String`, `Json` or `Bytes`. */
const typesToWrite = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(
  encryptableTypes.map((name) => `\`${name}\``),
)

/** The reasons why this field cannot be encrypted; `[]` if it can. */
export function encryptedProblems(
  datamodel: Datamodel,
  around: Surroundings,
  field: Field,
  { options }: EncryptedAnnotation,
): string[] {
  const { database, model } = around
  if (field.kind === 'object') {
    return [
      `\`@encrypted\` is on a relation, which has no column. Write it on a scalar field of ${field.type} instead.`,
    ]
  }
  if (options.links !== undefined) {
    return ['`links` is about a relation, and this is a column. Write `@encrypted` without it instead.']
  }
  if (field.kind === 'enum') {
    return [`an enum cannot hold an envelope. Write the type ${asText(database, field)} instead.`]
  }
  if (field.isUpdatedAt === true) {
    return ['Prisma itself writes an `@updatedAt`, in plaintext. Write the field without `@encrypted` instead.']
  }
  if (valueTypeOf(field.type) === undefined) {
    return [
      `${field.type} cannot be encrypted: the column must hold an envelope. Write the type ${typesToWrite} instead${textNote(database)}.`,
    ]
  }
  if (field.isList && !database.lists) {
    return [`lists are encrypted on PostgreSQL only. Write \`Json\` instead of \`${field.type}[]\`.`]
  }

  const relation = foreignKeyOf(model, field) ?? referrerOf(datamodel, model, field)
  const problems = keyProblems(around, field, relation !== undefined)
  if (relation !== undefined) {
    problems.push(
      `it is part of the foreign key of the relation \`${relation.name}\`, which the database compares. ` +
        'Write the relation over a field without `@encrypted` instead.',
    )
  }
  problems.push(...indexProblems(datamodel, around, field))
  const unsuitable = defaultProblem(field)
  if (unsuitable !== undefined) problems.push(unsuitable)
  const capacity = capacityProblem(database, field)
  if (capacity !== undefined) problems.push(capacity)
  return problems
}

/** Ids and uniques: equal values have different envelopes. What identifies a row is a token of its value instead. */
function keyProblems(around: Surroundings, field: Field, isForeign: boolean): string[] {
  const { model } = around
  const contains = ({ fields }: { readonly fields: readonly string[] }): boolean => fields.includes(field.name)
  const { primaryKey } = model
  const problems: string[] = []
  const separately =
    'what identifies the row into a field of its own, without `@encrypted`, and keep this one beside it'
  const noKey = (key: string, instead: string): void => {
    const why =
      key === 'id'
        ? 'rows are addressed by it'
        : 'equal values have different envelopes, so the constraint has no effect'
    const advice = isForeign || !isIndexableField(field) ? separately : `${instead} instead`
    problems.push(`${key === 'id' ? 'an id' : 'a unique field'} cannot be encrypted: ${why}. Write ${advice}.`)
  }
  if (field.isId) noKey('id', keyAdvice(around, field, '@id'))
  else if (primaryKey !== null && contains(primaryKey)) noKey('id', compoundAdvice(around, '@@id', primaryKey))
  else if (field.isUnique) noKey('unique', keyAdvice(around, field, '@unique'))
  for (const unique of model.uniqueIndexes.filter(({ fields }) => fields.length > 1)) {
    if (contains(unique)) noKey('unique', compoundAdvice(around, '@@unique', unique))
  }
  return problems
}

/** Kinds of database index that find a value by equality, as a token is found; the others search in it. */
const equalityIndexes = ['BTree', 'Hash']

function indexProblems(datamodel: Datamodel, around: Surroundings, field: Field): string[] {
  return datamodel.indexes
    .filter(({ model, type }) => model === around.model.name && (type === 'normal' || type === 'fulltext'))
    .filter(({ fields }) => fields.some(({ name }) => name === field.name))
    .map(({ type, algorithm = 'BTree', fields }) => {
      const names = fields.map(({ name }) => name)
      const replaceable = type === 'normal' && equalityIndexes.includes(algorithm) && isIndexableField(field)
      const instead = replaceable
        ? `${compoundAdvice(around, '@@index', { fields: names })} instead`
        : 'the model without it instead'
      return `a database index on ciphertext finds nothing, and rejects values that are too long for it. Write ${instead}.`
    })
}

/** The type that holds an encrypted text, and the default of an enum or number as text. */
function asText({ columns }: Database, field: Field): string {
  const native = columns.shortDefaultText === undefined ? '' : ` ${columns.remedy.text.replaceAll('`', '')}`
  const literal = typeof field.default === 'string' ? ` @default(${JSON.stringify(field.default)})` : ''
  return `\`String${native}${literal}\``
}

function textNote({ columns }: Database): string {
  return columns.shortDefaultText === undefined ? '' : `, \`String\` with ${columns.remedy.text}`
}

/** A relation of any model that references this field. */
function referrerOf(datamodel: Datamodel, model: Model, field: Field): Field | undefined {
  return datamodel.models
    .flatMap((other) => other.fields)
    .find((relation) => relation.type === model.name && relation.relationToFields?.includes(field.name))
}

/** A literal is sealed on create, and so is what we generate as Prisma does. The value of another function is generated after that. */
function defaultProblem(field: Field): string | undefined {
  const made = defaultFunction(field)
  if (made !== undefined) {
    if (functionDefault(made) !== undefined) return undefined
    return (
      `a default of \`${made.name}()\` would be stored in plaintext: Prisma or the database fills it in after encryption. ` +
      'Write a literal default, or none, and pass the value on create instead.'
    )
  }
  const unpaired = literalsOf(field).some((text) => !text.isWellFormed())
  return unpaired
    ? 'the default contains a lone surrogate, which is not well-formed Unicode. Write another default instead.'
    : undefined
}

function literalsOf({ default: value }: Field): string[] {
  return [value].flat().filter((item) => typeof item === 'string')
}
