import { databaseOf } from '../../databases/index.js'
import type { FieldEntry, IndexEntry, LegacyEntry, ModelEntry, ModelMap } from '../../schema/model-map.js'
import { scalarsOf } from '../../schema/scalars.js'
import { ignoresCase, indexKindOf } from '../../search/index.js'

/** What of an encrypted field the database can still be asked. */
export type Answers =
  /** Equality, by an index; the second also in any letter case. */
  | 'equality'
  | 'equality in any case'
  /** What indexes of a part answer, and equality where there is one for that. */
  | Operators
  /** Whether it is NULL. */
  | 'null'
  /** The same of a document, whose NULL has a name of its own. */
  | 'null document'
  /** Whether a list is empty or NULL. */
  | 'emptiness'

/** `equals` stands for all forms of equality. */
export interface Operators {
  readonly operators: readonly string[]
  /** Those of them that can be asked in any letter case. */
  readonly anyCase: readonly string[]
}

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
          encrypted === undefined ? [] : [[name, answers(map, entry, name)]],
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

function answers({ provider }: ModelMap, entry: ModelEntry, name: string): Answers {
  const field = entry.fields[name]
  if (field?.list === true) return 'emptiness'
  if (field?.kind === 'scalar' && field.type === 'Json') return 'null document'
  const indexes = scalarsOf(entry).flatMap(([, { index }]) => (index?.source === name ? [index] : []))
  if (indexes.length === 0) return 'null'
  const legacy = field?.kind === 'scalar' ? field.encrypted?.legacy : undefined
  // What the column in plaintext does not answer exactly is refused while rows may hold it.
  const isAnswered = (operator: string, of: readonly IndexEntry[]): boolean =>
    legacy === undefined ||
    (isComparable(field, of, legacy) && (operator === 'equals' || databaseOf(provider)?.likeFoldsCase !== true))
  const answered = ['equals', 'startsWith', 'endsWith'].flatMap((operator) => {
    const of = indexes.filter(({ kind, length }) => Object.hasOwn(indexKindOf(kind, length).operators, operator))
    if (of.length === 0 || !isAnswered(operator, of)) return []
    return [{ operator, isCaseless: of.some(({ normalize }) => ignoresCase(normalize)) }]
  })
  const operators = answered.map(({ operator }) => operator)
  const anyCase = answered.flatMap(({ operator, isCaseless }) => (isCaseless ? [operator] : []))
  if (operators.length === 0) return 'null'
  if (operators.join() !== 'equals') return { operators, anyCase }
  return anyCase.length > 0 ? 'equality in any case' : 'equality'
}

/** Whether each of these indexes answers what the column itself answers: which of them is asked depends on the call. */
function isComparable(field: FieldEntry | undefined, indexes: readonly IndexEntry[], { folds }: LegacyEntry): boolean {
  const isText = field?.kind === 'scalar' && field.type === 'String'
  return isText && folds !== true && indexes.every(({ normalize }) => normalize.length === 0)
}
