import type { JobEntries, JobEntry } from '../operations/index.js'
import { lowerFirst, type Plain } from './query/index.js'

/** As much of a Prisma client as the model of the jobs is used by. */
interface JobDelegate {
  findMany(args: Plain): PromiseLike<unknown[]>
  create(args: Plain): PromiseLike<unknown>
  updateMany(args: Plain): PromiseLike<{ count: number }>
  deleteMany(args: Plain): PromiseLike<unknown>
}

interface StoredEntry {
  readonly id: Uint8Array
  readonly state: Uint8Array
}

/** Below every database's limit of parameters. */
const PAGE = 500

/** @param client one that is not extended: the model is refused on an extended one. */
export function jobEntriesOf(client: object, model: string): JobEntries {
  const jobs = (client as Readonly<Record<string, JobDelegate | undefined>>)[lowerFirst(model)]
  if (jobs === undefined) throw new Error(`the client has no model ${model}`)
  return {
    async find(id) {
      const [row] = await jobs.findMany({ where: { id: bytes(id) }, select: { state: true } })
      return row === undefined ? undefined : (row as { state: Uint8Array }).state
    },
    async insert(entry) {
      try {
        await jobs.create({ data: { id: bytes(entry.id), ...dataOf(entry) }, select: { id: true } })
        return true
      } catch (error) {
        // Unique constraint violation; and a write conflict, after which another process may have won as well.
        if (['P2002', 'P2034'].includes(String((error as { code?: unknown }).code))) return false
        throw error
      }
    },
    async replace(entry, before) {
      const where = { id: bytes(entry.id), ...(before !== undefined && { state: new Uint8Array(before) }) }
      return (await jobs.updateMany({ where, data: dataOf(entry) })).count === 1
    },
    async removeAll(job, isOurs) {
      const ours: Uint8Array[] = []
      let page: StoredEntry[] = []
      do {
        const last = page.at(-1)
        const found = await jobs.findMany({
          where: { job },
          ...(last !== undefined && { cursor: { id: new Uint8Array(last.id) }, skip: 1 }),
          orderBy: { id: 'asc' },
          take: PAGE,
          select: { id: true, state: true },
        })
        page = found as StoredEntry[]
        for (const { id, state } of page) {
          if (isOurs(Buffer.from(id).toString('hex'), state)) ours.push(new Uint8Array(id))
        }
      } while (page.length === PAGE)
      for (let from = 0; from < ours.length; from += PAGE) {
        await jobs.deleteMany({ where: { id: { in: ours.slice(from, from + PAGE) } } })
      }
    },
  }
}

function dataOf({ job, state }: JobEntry): Plain {
  return { job, state: new Uint8Array(state), changedAt: new Date() }
}

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
