import type { ModelEntry, ModelMap } from '../../schema/model-map.js'
import { scalarsOf } from '../../schema/scalars.js'

/** A plain field that a unique input accepts in place of its index column. */
export interface Selector {
  readonly index: string
  readonly source: string
  readonly sourceType: SourceType
}

/** Prisma's types that can be indexed. */
export type SourceType = 'String' | 'Bytes'

/** What the unique inputs of one model should accept in addition to what Prisma declares. */
export interface ModelSelectors {
  readonly model: string
  /** Every key that identifies a row in the current schema, to detect a client of another schema. */
  readonly keys: readonly string[]
  /** For index columns that are unique by themselves. At most one per source. */
  readonly singles: readonly Selector[]
  /** Compound uniques that contain index columns. */
  readonly compounds: readonly CompoundSelectors[]
}

export interface CompoundSelectors {
  /** `orgId_ibanIndex`. */
  readonly name: string
  readonly fields: readonly string[]
  readonly selectors: readonly Selector[]
}

/** The models whose unique inputs contain index columns; the others stay as Prisma wrote them. */
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
  // A row that is still in plaintext has no token.
  if (type?.kind === 'scalar' && type.encrypted?.legacy !== undefined) return []
  // `where` has no type for the value of a Json field.
  if (type?.kind !== 'scalar' || (type.type !== 'String' && type.type !== 'Bytes')) return []
  return [{ index: name, source, sourceType: type.type }]
}

/** Two unique indexes of one field (tenant and global) share one selector: the plain field. */
function firstOfEachSource(selectors: readonly Selector[]): Selector[] {
  return selectors.filter((one, i) => selectors.findIndex(({ source }) => source === one.source) === i)
}

function uniqueKeys(entry: ModelEntry): string[] {
  const single = scalarsOf(entry).flatMap(([name, field]) => (field.unique === true ? [name] : []))
  return [...single, ...Object.keys(entry.compounds)]
}
