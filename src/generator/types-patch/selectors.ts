import type { ModelEntry, ModelMap } from '../../schema/model-map.js'
import { scalarsOf } from '../../schema/scalars.js'

/** A plain field that may stand in a unique input in place of its index column. */
export interface Selector {
  readonly index: string
  readonly source: string
  readonly sourceType: SourceType
}

/** Prisma's types that an index can be over. */
export type SourceType = 'String' | 'Bytes'

/** What the unique inputs of one model are to accept besides what Prisma has them accept. */
export interface ModelSelectors {
  readonly model: string
  /** Every key that addresses one row today, by which a client of another schema is told. */
  readonly keys: readonly string[]
  /** Of index columns that are unique by themselves. At most one for each source. */
  readonly singles: readonly Selector[]
  /** Compound uniques that hold index columns. */
  readonly compounds: readonly CompoundSelectors[]
}

export interface CompoundSelectors {
  /** `orgId_ibanIndex`. */
  readonly name: string
  readonly fields: readonly string[]
  readonly selectors: readonly Selector[]
}

/** The models whose unique inputs have index columns in them; the others stay as Prisma wrote them. */
export function selectorsOf(map: ModelMap): ModelSelectors[] {
  return Object.entries(map.models).flatMap(([model, entry]) => {
    const singles = scalarsOf(entry).flatMap(([name, field]) => (field.unique === true ? selector(entry, name) : []))
    const compounds = Object.entries(entry.compounds).flatMap(([name, fields]) => {
      const selectors = fields.flatMap((field) => selector(entry, field))
      return selectors.length === 0 ? [] : [{ name, fields, selectors }]
    })
    if (singles.length === 0 && compounds.length === 0) return []
    return [{ model, keys: uniqueKeys(entry), singles: firstOfEachSource(singles), compounds }]
  })
}

function selector(entry: ModelEntry, name: string): Selector[] {
  const field = entry.fields[name]
  if (field?.kind !== 'scalar' || field.index === undefined) return []
  const { source } = field.index
  const type = entry.fields[source]
  // An index over Json finds nothing that `where` could say by type.
  if (type?.kind !== 'scalar' || (type.type !== 'String' && type.type !== 'Bytes')) return []
  return [{ index: name, source, sourceType: type.type }]
}

/** Two unique indexes of one field (tenant and global) make one selector: the plain field. */
function firstOfEachSource(selectors: readonly Selector[]): Selector[] {
  return selectors.filter((one, i) => selectors.findIndex(({ source }) => source === one.source) === i)
}

function uniqueKeys(entry: ModelEntry): string[] {
  const single = scalarsOf(entry).flatMap(([name, field]) => (field.unique === true ? [name] : []))
  return [...single, ...Object.keys(entry.compounds)]
}
