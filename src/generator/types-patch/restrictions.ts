import type { FieldEntry, IndexEntry, LegacyEntry, ModelEntry, ModelMap } from '../../schema/model-map.js'
import { scalarsOf } from '../../schema/scalars.js'

/** What of an encrypted field the database can still be asked. */
export type Answers =
  /** Equality, by an index; the second also in any letter case. */
  | 'equality'
  | 'equality in any case'
  /** Whether it is NULL. */
  | 'null'
  /** The same of a document, whose NULL has a name of its own. */
  | 'null document'
  /** Whether a list is empty or NULL. */
  | 'emptiness'

/** What the generated types of one model should no longer accept. */
export interface ModelRestrictions {
  readonly model: string
  /** Its encrypted fields. */
  readonly fields: ReadonlyMap<string, Answers>
  /** Index columns that Prisma requires of a create, although they are computed. */
  readonly computed: ReadonlySet<string>
}

/** The models that have encrypted fields, by their names. */
export function restrictionsOf(map: ModelMap): ReadonlyMap<string, ModelRestrictions> {
  return new Map(
    Object.entries(map.models).flatMap(([model, entry]) => {
      const fields = new Map(
        scalarsOf(entry).flatMap(([name, { encrypted }]) =>
          encrypted === undefined ? [] : [[name, answers(entry, name)]],
        ),
      )
      if (fields.size === 0) return []
      const computed = scalarsOf(entry).flatMap(([name, { index, optional }]) =>
        index === undefined || optional === true ? [] : [name],
      )
      return [[model, { model, fields, computed: new Set(computed) }]]
    }),
  )
}

function answers(entry: ModelEntry, name: string): Answers {
  const field = entry.fields[name]
  if (field?.list === true) return 'emptiness'
  if (field?.kind === 'scalar' && field.type === 'Json') return 'null document'
  const indexes = scalarsOf(entry).flatMap(([, { index }]) => (index?.source === name ? [index] : []))
  if (indexes.length === 0) return 'null'
  const legacy = field?.kind === 'scalar' ? field.encrypted?.legacy : undefined
  // What the column in plaintext does not answer exactly is refused while rows may hold it.
  if (legacy !== undefined) return isComparable(field, indexes, legacy) ? 'equality' : 'null'
  return indexes.some(({ normalize }) => normalize.includes('lowercase')) ? 'equality in any case' : 'equality'
}

/** Whether each of its indexes answers what the column itself answers: which of them is asked depends on the call. */
function isComparable(field: FieldEntry | undefined, indexes: readonly IndexEntry[], { folds }: LegacyEntry): boolean {
  const isText = field?.kind === 'scalar' && field.type === 'String'
  return isText && folds !== true && indexes.every(({ normalize }) => normalize.length === 0)
}
