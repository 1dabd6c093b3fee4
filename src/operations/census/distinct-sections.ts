import { type CountedKeys, sectionIn, UNREADABLE } from '../../databases/index.js'
import type { CountTables, CountTarget, CountTargetColumn } from './count-tables.js'

/** What refers to a wrapped key: values of a field, or a row of the key table. */
export interface Reference {
  /** The Prisma model; left out, it is the key table. */
  readonly model?: string
  /** The field. */
  readonly field?: string
  /** How many values; in the key table, 1. */
  readonly values: number
}

/** A wrapped key, and all that refers to it. */
export interface DistinctSection {
  readonly dataKeyId: string
  readonly section: Buffer
  readonly references: readonly Reference[]
}

/** Values that carry what is no wrapped key. */
export interface UnreadableSection {
  readonly references: readonly Reference[]
}

/** How many names of all columns are in memory at once. */
const IN_MEMORY = 50_000
const SMALLEST_PAGE = 100

interface Source {
  /** The one that comes next, by name: all names of a source are different, and in order. */
  next: { readonly name: string; readonly reference: Reference } | undefined
  advance(): Promise<void>
}

/**
 * All different wrapped keys of these tables, each once for all columns that hold text, and once for those that hold bytes and the
 * key table: the columns' names are merged in their order, so that no more than a page of each is in memory.
 *
 * @param page how many names of a column that is; 0 for as many as memory is meant for.
 */
export async function* distinctSections(
  tables: CountTables,
  targets: readonly CountTarget[],
  keys: CountedKeys | undefined,
  page = 0,
): AsyncGenerator<DistinctSection | UnreadableSection> {
  const all = targets.flatMap((target) => target.columns.map((column) => ({ target, column })))
  const size = page || Math.max(SMALLEST_PAGE, Math.floor(IN_MEMORY / (all.length + 1)))
  for (const form of ['text', 'bytes'] as const) {
    const sources = all
      .filter(({ column }) => (column.form === 'bytes') === (form === 'bytes'))
      .map(({ target, column }) => ofColumn(tables, target, column, size))
    if (form === 'bytes' && keys !== undefined) sources.push(ofKeys(tables, keys, size))
    yield* merged(form, sources)
  }
}

async function* merged(
  form: 'text' | 'bytes',
  sources: readonly Source[],
): AsyncGenerator<DistinctSection | UnreadableSection> {
  for (const source of sources) await source.advance()
  for (;;) {
    let first: string | undefined
    for (const { next } of sources) {
      if (next !== undefined && (first === undefined || next.name < first)) first = next.name
    }
    if (first === undefined) return
    const references: Reference[] = []
    for (const source of sources) {
      if (source.next?.name !== first) continue
      references.push(source.next.reference)
      await source.advance()
    }
    const found = sectionIn(form, first)
    yield found === undefined ? { references } : { ...found, references }
  }
}

function ofColumn(tables: CountTables, target: CountTarget, column: CountTargetColumn, page: number): Source {
  return paged(page, async (after) => {
    const rows = await tables.sections(target.table, column, after, page)
    return rows.map(({ v = UNREADABLE, n }) => ({
      name: v,
      reference: { model: target.model, field: column.field, values: Number(n) },
    }))
  })
}

function ofKeys(tables: CountTables, keys: CountedKeys, page: number): Source {
  return paged(
    page,
    async (after) => {
      const rows = await tables.keySections(keys, after, page)
      return rows.map(({ i = '', v = '' }) => {
        const length = (v.length / 2).toString(16).padStart(4, '0')
        return { name: `${i}${length}${v}`, reference: { values: 1 } }
      })
    },
    // By its id, of 16 bytes.
    (name) => name.slice(0, 32),
  )
}

function paged(
  size: number,
  read: (after: string) => Promise<{ name: string; reference: Reference }[]>,
  position: (name: string) => string = (name) => name,
): Source {
  let rows: { name: string; reference: Reference }[] = []
  let at = 0
  let isLast = false
  const source: Source = {
    next: undefined,
    async advance() {
      at += 1
      if (at >= rows.length && !isLast) {
        const last = rows.at(-1)
        rows = await read(last === undefined ? '' : position(last.name))
        at = 0
        isLast = rows.length < size
      }
      source.next = rows[at]
    },
  }
  return source
}
