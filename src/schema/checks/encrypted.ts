import type { Database } from '../../databases/index.js'
import { encryptableTypes, NO_PADDING, valueTypeOf } from '../../values/index.js'
import type { EncryptedAnnotation } from '../annotations.js'
import { type Datamodel, defaultFunction, type Field, foreignKeyOf, type Model } from '../dmmf.js'
import { functionDefault } from '../function-default.js'
import { capacityProblem } from './column.js'
import {
  type Compound,
  compoundAdvice,
  encryptedAmong,
  isIndexableField,
  keyAdvice,
  type Surroundings,
} from './index-advice.js'
import { paddingProblems } from './part-index.js'
import { plaintextProblems, searchesPlaintext } from './plaintext.js'

/** `String`, `Json` or `Bytes`. */
const typesToWrite = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(
  encryptableTypes.map((name) => `\`${name}\``),
)

/** The reasons why this field cannot be encrypted; `[]` if it can. */
export function encryptedProblems(
  datamodel: Datamodel,
  around: Surroundings,
  field: Field,
  annotation: EncryptedAnnotation,
): string[] {
  const { database, model } = around
  const { options } = annotation
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

  if ((options.pad ?? NO_PADDING) !== NO_PADDING && valueTypeOf(field.type)?.column === 'bytes') {
    return ['bytes cannot be padded: a reader could not tell where they end. Write `@encrypted` without `pad` instead.']
  }

  const relation = foreignKeyOf(model, field) ?? referrerOf(datamodel, model, field)
  const problems = keyProblems(around, field, relation !== undefined)
  if (relation !== undefined) {
    problems.push(
      `it is part of the foreign key of the relation \`${relation.name}\`, which the database compares. ` +
        'Write the relation over a field without `@encrypted` instead.',
    )
  }
  if (!searchesPlaintext(database, field, annotation)) {
    problems.push(...indexProblems(datamodel, around, field, problems.length > 0))
  }
  const unsuitable = defaultProblem(field)
  if (unsuitable !== undefined) problems.push(unsuitable)
  const capacity = capacityProblem(database, field, around)
  if (capacity !== undefined) problems.push(capacity)
  problems.push(...plaintextProblems(around, field, annotation))
  problems.push(...paddingProblems(model, field, annotation, around.annotated))
  return problems
}

/** Ids and uniques: equal values have different envelopes. What identifies a row is a token of its value instead. */
function keyProblems(around: Surroundings, field: Field, isForeign: boolean): string[] {
  const { model } = around
  const { primaryKey } = model
  const isPlain = isForeign || !isIndexableField(field)
  const problems: string[] = []
  const noKey = (key: 'id' | 'unique', instead: string): void => {
    const reason =
      key === 'id'
        ? 'an id cannot be encrypted: rows are addressed by it'
        : 'a unique field cannot be encrypted: equal values have different envelopes, so the constraint has no effect'
    problems.push(`${reason}. Write ${isPlain ? separately : `${instead} instead`}.`)
  }
  if (field.isId) noKey('id', keyAdvice(around, field, '@id'))
  else if (field.isUnique) noKey('unique', keyAdvice(around, field, '@unique'))
  const ids: Compound[] = primaryKey === null ? [] : [{ ...primaryKey, attribute: '@@id' }]
  const uniques = model.uniqueIndexes.map((unique): Compound => ({ ...unique, attribute: '@@unique' }))
  const reported = [...ids, ...uniques].filter(({ fields }) => fields.length > 1 && isReportedAt(around, field, fields))
  if (reported.length > 0) {
    const isId = reported.some(({ attribute }) => attribute === '@@id')
    noKey(isId ? 'id' : 'unique', compoundAdvice(around, reported))
  }
  return problems
}

const separately = 'what identifies the row into a field of its own, without `@encrypted`, and keep this one beside it'

/** What several encrypted fields are part of is reported once: at the first of them, or at each that cannot have an index. */
function isReportedAt(around: Surroundings, field: Field, fields: readonly string[]): boolean {
  const among = encryptedAmong(around, fields)
  if (!among.includes(field)) return false
  return among.every(isIndexableField) ? among[0] === field : !isIndexableField(field)
}

/** Kinds of database index that find a value by equality, as a token is found; the others search in it. */
const equalityIndexes = ['BTree', 'Hash']

function indexProblems(datamodel: Datamodel, around: Surroundings, field: Field, introduced: boolean): string[] {
  const found = datamodel.indexes
    .filter(({ model, type }) => model === around.model.name && (type === 'normal' || type === 'fulltext'))
    .map(({ type, algorithm = 'BTree', fields }) => {
      const names = fields.map(({ name }) => name)
      const isEquality = type === 'normal' && equalityIndexes.includes(algorithm)
      const written = type === 'fulltext' ? '@@fulltext' : '@@index'
      const kind = isEquality || type === 'fulltext' ? '' : `, type: ${algorithm}`
      return { names, isEquality, text: `\`${written}([${names.join(', ')}]${kind})\`` }
    })
    .filter(({ names }) => isReportedAt(around, field, names))
  const isReplaceable = ({ names, isEquality }: (typeof found)[number]): boolean =>
    isEquality && encryptedAmong(around, names).every(isIndexableField)
  const replaced = found.filter(isReplaceable).map(({ names }): Compound => ({ attribute: '@@index', fields: names }))
  const lost = found.filter((one) => !isReplaceable(one)).map(({ text }) => text)
  const instead = [
    ...(replaced.length === 0 ? [] : [compoundAdvice(around, replaced, introduced ? field : undefined)]),
    ...(lost.length === 0 ? [] : [`the model without ${lost.join(' and ')}`]),
  ]
  return instead.map(
    (text) =>
      `a database index on ciphertext finds nothing, and rejects values that are too long for it. Write ${text} instead.`,
  )
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
