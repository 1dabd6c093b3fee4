import { EnvelopeKeyError } from '../errors.js'
import type { KeyRow, KeyRows, NewKeyRow } from '../keys/index.js'
import type { KeyTableEntry } from '../schema/model-map.js'
import { lowerFirst, type Plain } from './query/index.js'

/** As much of a Prisma client as the key table is used by: the delegates of its two models. */
type KeyDelegates = Readonly<Record<string, KeyDelegate | undefined>>

export interface KeyDelegate {
  findMany(args: Plain): PromiseLike<unknown[]>
  create(args: Plain): PromiseLike<unknown>
  updateMany(args: Plain): PromiseLike<{ count: number }>
}

/** A row as Prisma returns it. */
interface StoredRow {
  readonly id: Uint8Array
  readonly owner: Uint8Array
  readonly seq: bigint
  readonly section: Uint8Array
  readonly wrapTag: Uint8Array
  readonly retiredAt: Date | null
}

const SELECT = { id: true, owner: true, seq: true, section: true, wrapTag: true, retiredAt: true }

/** Unique constraint violation; and a write conflict or deadlock, after which another process may have won as well. */
const TAKEN: ReadonlySet<unknown> = new Set(['P2002', 'P2034'])

/**
 * The key table through Prisma's own operations, so that names, types and dialects are Prisma's concern. Each is a statement
 * of its own.
 *
 * @param client one that is not extended: these models are refused on an extended one.
 */
export function keyRowsOf(client: object, { keys, counts }: KeyTableEntry): KeyRows {
  const rows = delegateOf(client, keys)
  const reserved = delegateOf(client, counts)
  return {
    async newest(owner, most) {
      const found = await rows.findMany({
        where: { owner: bytes(owner) },
        orderBy: { seq: 'desc' },
        take: most,
        select: SELECT,
      })
      return found.map((row) => rowOf(row as StoredRow))
    },

    async find(ids) {
      const found = await rows.findMany({ where: { id: { in: ids.map(bytes) } }, select: SELECT })
      return found.map((row) => rowOf(row as StoredRow))
    },

    async page(after, owner, most) {
      const found = await rows.findMany({
        ...(owner !== undefined && { where: { owner: bytes(owner) } }),
        // Prisma compares no bytes by `gt`.
        ...(after !== undefined && { cursor: { id: bytes(after) }, skip: 1 }),
        orderBy: { id: 'asc' },
        take: most,
        select: SELECT,
      })
      // Nothing comes after a row that is gone, and that is not the end of the table.
      if (found.length === 0 && after !== undefined && (await this.find([after])).length === 0) throw rowGone()
      return found.map((row) => rowOf(row as StoredRow))
    },

    async insert(row, count) {
      const id = bytes(row.id)
      const inserted = await isStored(reserved.create({ data: { id, reserved: BigInt(count) }, select: { id: true } }))
      // Restored after a loss, a row may have its count still: that one goes on. Without one, no process could use the row.
      if (!inserted && !(await this.reserve(row.id, count, Number.MAX_SAFE_INTEGER))) return false
      return isStored(rows.create({ data: dataOf(row, id), select: { id: true } }))
    },

    async reserve(id, count, most) {
      const { count: changed } = await reserved.updateMany({
        where: { id: bytes(id), reserved: { lte: BigInt(most - count) } },
        data: { reserved: { increment: count } },
      })
      return changed === 1
    },

    async replace(row, { section, wrapTag, cmkArn }) {
      const { count: changed } = await rows.updateMany({
        where: { id: bytes(row.id), section: own(row.section) },
        data: { section: own(section), wrapTag: own(wrapTag), ...(cmkArn !== undefined && { cmk: cmkArn }) },
      })
      return changed === 1
    },
  }
}

export function delegateOf(client: object, model: string): KeyDelegate {
  const delegate = (client as KeyDelegates)[lowerFirst(model)]
  if (delegate === undefined) throw new Error(`the client has no model ${model}`)
  return delegate
}

function rowOf({ id, owner, seq, section, wrapTag, retiredAt }: StoredRow): KeyRow {
  return {
    id: Buffer.from(id).toString('hex'),
    owner: Buffer.from(owner).toString('hex'),
    seq,
    section: Buffer.from(section),
    wrapTag: Buffer.from(wrapTag),
    retired: retiredAt !== null,
  }
}

function dataOf({ owner, seq, section, wrapTag, cmkArn, tenant, scope, createdAt }: NewKeyRow, id: Uint8Array): Plain {
  const data = { id, owner: bytes(owner), seq, section: own(section), wrapTag: own(wrapTag), tenant, scope, createdAt }
  return { ...data, cmk: cmkArn ?? null }
}

export async function isStored(created: PromiseLike<unknown>): Promise<boolean> {
  try {
    await created
    return true
  } catch (error) {
    if (TAKEN.has((error as { code?: unknown }).code)) return false
    throw error
  }
}

export function bytes(hex: string): Uint8Array {
  return own(Buffer.from(hex, 'hex'))
}

/** In memory of its own: Prisma takes plain byte arrays. */
export function own(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer)
}

export function rowGone(): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_KEY_TABLE_UNAVAILABLE',
    'A row of the key table was deleted while its rows were visited. Restore it, and begin again: rows of the key table are never deleted (docs/scale.md).',
    { retryable: true },
  )
}

/** For a transaction that this release of Prisma shows no client of: nothing is asked of a connection outside of it. */
export const unreachableRows: KeyRows = {
  newest: unreachable,
  find: unreachable,
  page: unreachable,
  insert: unreachable,
  reserve: unreachable,
  replace: unreachable,
}

async function unreachable(): Promise<never> {
  throw new Error('there is no client of the transaction')
}
