import { type Database, declaredLength } from '../../databases/index.js'
import type { AnnotatedField, AnnotatedModel, KeyModel } from '../annotated-fields.js'
import { type Datamodel, defaultFunction, type Field, type Model } from '../dmmf.js'
import {
  type KeyTableField,
  keyTableAnnotations,
  keyTableFields,
  keyTableUnique,
  type OwnTablePart,
  ownTableParts,
  typeOf,
} from '../key-table.js'
import type { Problem } from '../problems.js'

/** What the annotations of a schema say about a key table. */
interface Written {
  readonly keyModels: readonly KeyModel[]
  readonly annotated: readonly AnnotatedField[]
  readonly annotatedModels: readonly AnnotatedModel[]
}

/** Why these models cannot be the key table; `[]` if they can, or if there is none. */
export function keyTableProblems(datamodel: Datamodel, database: Database, written: Written): Problem[] {
  const { keyModels } = written
  return [
    ...pairProblems(keyModels),
    ...keyModels.flatMap(({ model, part }) => [
      ...annotationProblems(model, part, written),
      ...(isBoth(keyModels, model) ? [] : modelProblems(datamodel, database, model, part)),
    ]),
  ]
}

/** Two models, one of each. */
function pairProblems(keyModels: readonly KeyModel[]): Problem[] {
  const problems: Problem[] = []
  for (const part of ownTableParts) {
    const [first, ...more] = keyModels.filter((one) => one.part === part)
    for (const { model } of more) {
      const message = `${first?.model.name} has \`${keyTableAnnotations[part]}\` already, and a schema has one of these. Write the annotation above one of the two models instead.`
      problems.push({ model: model.name, message })
    }
    const other = keyModels.find((one) => part !== 'jobs' && one.part !== 'jobs' && one.part !== part)
    if (first === undefined && other !== undefined) {
      problems.push({
        model: other.model.name,
        message:
          `the key table is two models, and none has \`${keyTableAnnotations[part]}\` above it. Write the second model as well: ` +
          '`npx prisma-envelope sql --keys` prints both.',
      })
    }
  }
  const both = keyModels.filter((one) => isBoth(keyModels, one.model) && isFirst(keyModels, one))
  const twice = both.map(({ model }) => ({
    model: model.name,
    message: `one model cannot be two of this package's models. Write each annotation above one of its own instead: \`npx prisma-envelope sql --keys\` and \`--jobs\` print them.`,
  }))
  return [...problems, ...twice]
}

/** Of what is annotated above one model. */
function isFirst(keyModels: readonly KeyModel[], one: KeyModel): boolean {
  return keyModels.find(({ model }) => model === one.model) === one
}

function isBoth(keyModels: readonly KeyModel[], model: Model): boolean {
  return keyModels.filter((one) => one.model === model).length > 1
}

/** Nothing in the key table is encrypted, and its rows are not reached by clients that are bound to a tenant. */
function annotationProblems(model: Model, part: OwnTablePart, { annotated, annotatedModels }: Written): Problem[] {
  const mine = annotatedModels.filter((one) => one.model === model)
  return [
    ...mine.map(({ rows }) => ({
      model: model.name,
      message: `\`@encrypted.${rows}\` is about encrypted rows, and this model has none. Write only \`${keyTableAnnotations[part]}\` above the model instead.`,
    })),
    ...annotated
      .filter((one) => one.model === model)
      .map(({ field }) => ({
        model: model.name,
        field: field.name,
        message: `${part === 'jobs' ? 'the model of the jobs' : 'the key table'} has no encrypted fields, no indexes and no tenant column. Write the field without the annotation instead.`,
      })),
  ]
}

function modelProblems(datamodel: Datamodel, database: Database, model: Model, part: OwnTablePart): Problem[] {
  const wanted = keyTableFields[part]
  const problems: Problem[] = []
  for (const field of wanted) {
    const found = model.fields.find(({ name }) => name === field.name)
    const line = lineFor(database, field, found)
    if (found === undefined) {
      problems.push({ model: model.name, message: `it has no field \`${field.name}\`. Write \`${line}\` as well.` })
      continue
    }
    const reason = fieldProblem(database, field, found)
    if (reason !== undefined) {
      problems.push({ model: model.name, field: field.name, message: `${reason}. Write \`${line}\` instead.` })
    }
  }
  for (const field of model.fields) {
    const reason = wanted.some(({ name }) => name === field.name) ? undefined : strangerProblem(field)
    if (reason !== undefined) problems.push({ model: model.name, field: field.name, message: reason })
  }
  return [...problems, ...uniqueProblems(model, part), ...prefixProblems(datamodel, model, part)]
}

/** The whole field, under the column that it has. */
function lineFor(database: Database, field: KeyTableField, found: Field | undefined): string {
  const column = found?.dbName
  const map = typeof column === 'string' && column !== field.name ? ` @map(${JSON.stringify(column)})` : ''
  return `${field.name} ${typeOf(database, field)}${map}`
}

function fieldProblem(database: Database, field: KeyTableField, found: Field): string | undefined {
  if (found.kind !== 'scalar' || found.type !== field.type || found.isList) {
    return `it is of type \`${found.type}${found.isList ? '[]' : ''}\`, and must be \`${field.type}\``
  }
  if (found.isRequired !== (field.optional !== true)) {
    return field.optional ? 'it must be optional: not every row has one' : 'it must be required: every row has one'
  }
  if (field.isId && !(found.isId || (found.isUnique && !database.columns.bytesIds))) {
    return 'it must identify a row of the model, by itself'
  }
  // Of a required field the value is always given; one that may be left out must then be NULL.
  if (found.isUpdatedAt === true || (field.optional && found.hasDefaultValue)) {
    return 'Prisma or the database would fill it in'
  }
  // SQL Server accepts no value for such a column.
  if (defaultFunction(found)?.name === 'autoincrement') return 'the database must not number it'
  return nativeProblem(database, field, found)
}

/** Why the column cannot hold every value exactly as it is written. */
function nativeProblem({ name: server, columns }: Database, field: KeyTableField, found: Field): string | undefined {
  const [native, args = []] = found.nativeType ?? []
  const written = args.length === 0 ? `\`@db.${native}\`` : `\`@db.${native}(${args.join(', ')})\``
  const length = declaredLength(columns, found.nativeType)
  const { type, bytes, maxBytes = bytes ?? 0, maxCharacters = 0 } = field

  if (type === 'DateTime') {
    return native !== undefined && ['Date', 'Time', 'Timetz'].includes(native)
      ? `${written} holds only a part of a point in time`
      : undefined
  }
  if (type === 'String') {
    if (native === undefined) {
      const isShort = maxCharacters > (columns.defaultTextLength ?? maxCharacters)
      return isShort
        ? `without a \`@db.\` type the column is ${columns.shortDefaultText}, and it needs ${maxCharacters} characters`
        : undefined
    }
    if (!columns.roomy.text.includes(native)) return `${written} does not hold every text as it is written`
    return length !== undefined && length < maxCharacters
      ? `${written} is too short: it needs ${maxCharacters} characters`
      : undefined
  }
  if (type !== 'Bytes') return undefined
  const isFixed = native === 'Binary'
  if (field.inKey && !columns.unboundedKeys && length === undefined) {
    return native === undefined
      ? `${server} cannot have a column without a \`@db.\` type in a key`
      : `${server} cannot have ${written} in a key`
  }
  if (native === undefined) return undefined
  if (isFixed && length !== bytes) return `${written} pads or truncates its values`
  if (!isFixed && !columns.roomy.bytes.includes(native)) return `${written} is too short: it needs ${maxBytes} bytes`
  return length !== undefined && length < maxBytes ? `${written} is too short: it needs ${maxBytes} bytes` : undefined
}

/** What nobody writes when a row is added. */
function strangerProblem(field: Field): string | undefined {
  if (field.kind === 'object') {
    return 'this model is of the package itself, and has no relations. Write the model without this one, and the other model without its side of it, instead.'
  }
  if (!field.isRequired) return undefined
  const optional = field.isList ? '' : ` Write \`${field.name} ${field.type}?\` instead, or leave it out.`
  return `it is required, and nothing writes it when a row is added.${optional || ' Write the model without it instead.'}`
}

function uniqueProblems(model: Model, part: OwnTablePart): Problem[] {
  const written = `@@unique([${keyTableUnique.join(', ')}])`
  const isOwn = ({ fields }: Model['uniqueIndexes'][number]): boolean => fields.join() === keyTableUnique.join()
  const problems: Problem[] = []
  const own = model.uniqueIndexes.filter(isOwn)
  if (part === 'keys' && own.length === 0) {
    problems.push({
      model: model.name,
      message: `nothing says that an owner has one key of each number. Write \`${written}\`, in this order, as well.`,
    })
  }
  if (part === 'keys' && own.length > 0 && own.every(({ name }) => typeof name === 'string')) {
    problems.push({
      model: model.name,
      message: `its unique must have Prisma's own name in calls. Write \`${written}\` without \`name\` instead.`,
    })
  }
  const others = [
    ...model.fields.filter(({ isUnique }) => isUnique).map(({ name }) => [name]),
    ...model.uniqueIndexes.map(({ fields }) => fields),
  ]
  // A unique of one field is in both lists.
  for (const columns of new Set(others.map((fields) => fields.join(', ')))) {
    const fields = columns.split(', ')
    const isImplied =
      fields.includes('id') || (part === 'keys' && keyTableUnique.every((name) => fields.includes(name)))
    if (isImplied) continue
    problems.push({
      model: model.name,
      message: `two rows may be equal in ${columns}, and the second would be refused. Write the model without this unique instead.`,
    })
  }
  return problems
}

/** On MySQL a key may be of the first bytes of a column only: two keys that begin alike would then be one. */
function prefixProblems({ indexes }: Datamodel, model: Model, part: OwnTablePart): Problem[] {
  const keys = indexes.filter((one) => one.model === model.name && (one.type === 'id' || one.type === 'unique'))
  return keys.flatMap(({ fields }) =>
    fields.flatMap(({ name, length }): Problem[] => {
      const { bytes } = keyTableFields[part].find((field) => field.name === name) ?? {}
      if (bytes === undefined || length === undefined || length >= bytes) return []
      const message = `a key of its first ${length} bytes would take two values for one. Write it without \`length\` instead.`
      return [{ model: model.name, field: name, message }]
    }),
  )
}
