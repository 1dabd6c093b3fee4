import type { JobEntries, JobEntry } from '../operations/index.js'
import { lowerFirst, type Plain } from './query/index.js'

/** As much of a Prisma client as the model of the jobs is used by. */
interface JobDelegate {
  findMany(args: Plain): PromiseLike<unknown[]>
  create(args: Plain): PromiseLike<unknown>
  updateMany(args: Plain): PromiseLike<{ count: number }>
  deleteMany(args: Plain): PromiseLike<unknown>
}

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
    async removeAll(job) {
      await jobs.deleteMany({ where: { job } })
    },
  }
}

function dataOf({ job, state }: JobEntry): Plain {
  return { job, state: new Uint8Array(state), changedAt: new Date() }
}

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
