import type { Database } from '../../databases/index.js'
import { encryptableTypes, valueTypeOf } from '../../values/index.js'
import { type Datamodel, defaultFunction, type Field, foreignKeyOf, type Model } from '../dmmf.js'
import { capacityProblem } from './column.js'

/** `String`, `Json` or `Bytes`. */
const typesToWrite = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(
  encryptableTypes.map((name) => `\`${name}\``),
)

/** The reasons why this field cannot be encrypted; `[]` if it can. */
export function encryptedProblems(datamodel: Datamodel, database: Database, model: Model, field: Field): string[] {
  if (field.kind === 'object') {
    return [
      `\`@encrypted\` is on a relation, which has no column. Write it on a scalar field of ${field.type} instead.`,
    ]
  }
  if (field.kind === 'enum') {
    return ['an enum cannot hold an envelope. Write the type `String` instead.']
  }
  if (field.isUpdatedAt === true) {
    return ['Prisma itself writes an `@updatedAt`, in plaintext. Write the field without `@encrypted` instead.']
  }
  if (valueTypeOf(field.type) === undefined) {
    return [
      `${field.type} cannot be encrypted: the column must hold an envelope. Write the type ${typesToWrite} instead.`,
    ]
  }
  if (field.isList && !database.lists) {
    return [`lists are encrypted on PostgreSQL only. Write \`Json\` instead of \`${field.type}[]\`.`]
  }

  const problems: string[] = []
  if (field.isId || model.primaryKey?.fields.includes(field.name) === true) {
    problems.push('an id cannot be encrypted: rows are addressed by it. Write `@encrypted` on another field instead.')
  } else if (field.isUnique || model.uniqueIndexes.some(({ fields }) => fields.includes(field.name))) {
    problems.push(
      'a unique field cannot be encrypted: equal values have different envelopes, so the constraint has no effect. ' +
        `Write a column \`${field.name}Index Bytes? @unique\` with \`/// @encrypted.index(${field.name})\` instead.`,
    )
  }
  const relation = foreignKeyOf(model, field) ?? referrerOf(datamodel, model, field)
  if (relation !== undefined) {
    problems.push(
      `it is part of the foreign key of the relation \`${relation.name}\`, which the database compares. ` +
        'Write the relation over a field without `@encrypted` instead.',
    )
  }
  if (isIndexed(datamodel, model, field)) {
    problems.push(
      'a database index on ciphertext finds nothing, and rejects values that are too long for it. ' +
        (field.isList
          ? 'Write the model without it instead.'
          : `Write an \`@encrypted.index(${field.name})\` column and index that instead.`),
    )
  }
  const unsuitable = defaultProblem(field)
  if (unsuitable !== undefined) problems.push(unsuitable)
  const capacity = capacityProblem(database, field)
  if (capacity !== undefined) problems.push(capacity)
  return problems
}

/** A relation of any model that references this field. */
function referrerOf(datamodel: Datamodel, model: Model, field: Field): Field | undefined {
  return datamodel.models
    .flatMap((other) => other.fields)
    .find((relation) => relation.type === model.name && relation.relationToFields?.includes(field.name))
}

function isIndexed(datamodel: Datamodel, model: Model, field: Field): boolean {
  return datamodel.indexes.some(
    ({ model: owner, type, fields }) =>
      owner === model.name &&
      (type === 'normal' || type === 'fulltext') &&
      fields.some(({ name }) => name === field.name),
  )
}

/** A literal is sealed on create. The value of a function is generated after that. */
function defaultProblem(field: Field): string | undefined {
  const made = defaultFunction(field)
  if (made !== undefined) {
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
