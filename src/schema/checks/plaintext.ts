import type { Database } from '../../databases/index.js'
import type { AnnotatedField } from '../annotated-fields.js'
import type { EncryptedAnnotation } from '../annotations.js'
import type { Field } from '../dmmf.js'
import type { LegacyEntry } from '../model-map.js'

/** A longer time is no end, and is not noticed when it comes. */
const LONG = 366 * 24 * 60 * 60 * 1000

/** What is wrong with the options of a field whose column also holds plaintext: `legacy`, `until`, `write`. */
export function plaintextProblems(
  { model, annotated }: Pick<AnnotatedField, 'model'> & { readonly annotated: readonly AnnotatedField[] },
  field: Field,
  { options }: EncryptedAnnotation,
): string[] {
  const { legacy, until, write } = options
  if (write !== undefined && (legacy !== undefined || until !== undefined)) {
    return [
      '`write: plain` reads plaintext already, for as long as it is there. Write it without `legacy` and `until`.',
    ]
  }
  if (legacy !== undefined && until === undefined) {
    return [
      '`legacy: read` has no end: plaintext would be read as data for ever. Write the last day as well, `until: "2027-03-01"`.',
    ]
  }
  if (until !== undefined && legacy === undefined) {
    return ['`until` is the last day of `legacy: read`, which is not there. Write both, or neither.']
  }
  if (legacy === undefined) return []
  const required = annotated.find(
    (one) => one.model === model && one.index?.source === field.name && one.field.isRequired && !one.broken,
  )
  if (required === undefined) return []
  return [
    `a row whose ${field.name} is still in plaintext has no token for its index ${required.field.name}, which is required. Write \`${required.field.name} Bytes?\` until all rows are encrypted.`,
  ]
}

/** What to know about such a field, each time that the schema is generated. */
export function plaintextWarnings(
  { model, field, encrypted }: AnnotatedField,
  annotated: readonly AnnotatedField[],
  database: Database,
  now: number,
): string[] {
  const { until, write } = encrypted?.options ?? {}
  if (write !== undefined) {
    return [
      'new values are stored in plaintext (`write: plain`), until `prisma-envelope eject` has written the others.',
    ]
  }
  if (until === undefined) return []
  const left = Date.parse(`${until}T00:00:00Z`) - now
  if (left < -24 * 60 * 60 * 1000) {
    return [
      `the last day of \`legacy: read\` has passed (${until}), and plaintext is refused. Leave out \`legacy\` and \`until\` once \`prisma-envelope backfill\` finds nothing more; until then, write a later day.`,
    ]
  }
  const comparable = field.type === 'String' && !database.foldsText
  const uniques = annotated.filter(
    (one) => one.model === model && one.index?.source === field.name && isUnproven(one, comparable, annotated),
  )
  return [
    ...(left > LONG
      ? [`\`until: "${until}"\` is more than a year away. Write the day by which the rows are encrypted.`]
      : []),
    ...uniques.map(
      ({ field: { name } }) =>
        `the unique index ${name} does not see rows that are still in plaintext: until \`prisma-envelope backfill\` is done, two rows may have the same ${field.name} (docs/existing-data.md).`,
    ),
  ]
}

/** Whether an index is unique, and a value in plaintext is not looked up before one is written. */
function isUnproven(
  { model, field, index }: AnnotatedField,
  comparable: boolean,
  annotated: readonly AnnotatedField[],
): boolean {
  const isTenant = (name: string): boolean =>
    annotated.some((one) => one.model === model && one.field.name === name && one.tenant !== undefined)
  const compounds = model.uniqueIndexes.map(({ fields }) => fields).filter((fields) => fields.includes(field.name))
  if (!field.isUnique && compounds.length === 0) return false
  const isLookedUp = comparable && (index?.options.normalize ?? []).length === 0
  return !isLookedUp || compounds.some((fields) => fields.some((name) => name !== field.name && !isTenant(name)))
}

/** The model map's entry of a field whose column may still hold plaintext. */
export function legacyEntry(
  database: Database,
  field: Field,
  { options }: EncryptedAnnotation,
): LegacyEntry | undefined {
  const { until } = options
  if (until === undefined) return undefined
  return { until, ...(field.type === 'String' && database.foldsText ? { folds: true as const } : {}) }
}

/** Whether the database is asked for its plaintext by equality, which a database index of the column makes fast. */
export function searchesPlaintext(database: Database, field: Field, annotation: EncryptedAnnotation): boolean {
  const entry = legacyEntry(database, field, annotation)
  return entry !== undefined && entry.folds !== true && field.type === 'String' && !field.isList
}
