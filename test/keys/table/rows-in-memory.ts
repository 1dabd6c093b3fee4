import type { KeyRows, NewKeyRow } from '../../../src/keys/index.js'

/**
 * A key table in memory: for what no database does when it is told to, such as failing at one instruction, or answering two
 * processes in a given order. The integration tests use real ones.
 */
export interface RowsInMemory extends KeyRows {
  /** By id, as they would be stored. */
  readonly stored: Map<string, NewKeyRow & { retired: boolean }>
  readonly reserved: Map<string, number>
  /** The operations so far, in order. */
  readonly asked: string[]
  /** Called before each operation. */
  before: (operation: keyof KeyRows) => unknown
}

export function rowsInMemory(): RowsInMemory {
  const stored: RowsInMemory['stored'] = new Map()
  const reserved = new Map<string, number>()
  const ask = async (operation: keyof KeyRows): Promise<void> => {
    rows.asked.push(operation)
    await rows.before(operation)
  }
  const rows: RowsInMemory = {
    stored,
    reserved,
    asked: [],
    before: () => {},
    async newest(owner, most) {
      await ask('newest')
      const own = [...stored.values()].filter((row) => row.owner === owner)
      return own.sort((a, b) => Number(b.seq - a.seq)).slice(0, most)
    },
    async find(ids) {
      await ask('find')
      return ids.map((id) => stored.get(id)).filter((row) => row !== undefined)
    },
    async page(after = '', owner, most) {
      await ask('page')
      const all = [...stored.values()].filter((row) => row.id > after && (owner ?? row.owner) === row.owner)
      return all.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, most)
    },
    async insert(row, count) {
      await ask('insert')
      const taken = [...stored.values()].some(
        ({ id, owner, seq }) => id === row.id || (owner === row.owner && seq === row.seq),
      )
      reserved.set(row.id, (reserved.get(row.id) ?? 0) + count)
      if (!taken) stored.set(row.id, { ...row, retired: false })
      return !taken
    },
    async reserve(id, counts, most) {
      await ask('reserve')
      const so = reserved.get(id)
      if (so === undefined || so + counts > most) return false
      reserved.set(id, so + counts)
      return true
    },
    async replace(row, next) {
      await ask('replace')
      const there = stored.get(row.id)
      if (there === undefined || !there.section.equals(row.section)) return false
      stored.set(row.id, { ...there, ...next })
      return true
    },
  }
  return rows
}
