import type { KeyRecord, KeyRecords } from '../operations/index.js'
import type { KeyTableEntry } from '../schema/model-map.js'
import { bytes, delegateOf, isStored, own, rowGone } from './key-rows.js'

/** A row as Prisma returns it. */
interface StoredRecord extends Omit<KeyRecord, 'id' | 'owner' | 'section' | 'wrapTag'> {
  readonly id: Uint8Array
  readonly owner: Uint8Array
  readonly section: Uint8Array
  readonly wrapTag: Uint8Array
}

const SELECT = {
  ...{ id: true, owner: true, seq: true, section: true, wrapTag: true, cmk: true },
  ...{ tenant: true, scope: true, createdAt: true, retiredAt: true },
}

/** Whole rows of the key table, through Prisma's own operations. @param client one that is not extended. */
export function keyRecordsOf(client: object, { keys }: KeyTableEntry): KeyRecords {
  const rows = delegateOf(client, keys)
  const find = async (ids: readonly string[]): Promise<KeyRecord[]> =>
    (await rows.findMany({ where: { id: { in: ids.map(bytes) } }, select: SELECT })).map(recordOf)
  const seqOf = async (owner: string, order: 'asc' | 'desc'): Promise<bigint | undefined> => {
    const [row] = await rows.findMany({
      where: { owner: bytes(owner) },
      orderBy: { seq: order },
      take: 1,
      select: { seq: true },
    })
    return (row as Pick<StoredRecord, 'seq'> | undefined)?.seq
  }
  return {
    find,

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
      if (found.length === 0 && after !== undefined && (await find([after])).length === 0) throw rowGone()
      return found.map(recordOf)
    },

    lastSeq: async (owner) => (await seqOf(owner, 'desc')) ?? 0n,

    firstSeq: (owner) => seqOf(owner, 'asc'),

    async insert({ id, owner, section, wrapTag, ...others }) {
      const data = { ...others, id: bytes(id), owner: bytes(owner), section: own(section), wrapTag: own(wrapTag) }
      return isStored(rows.create({ data, select: { id: true } }))
    },

    async erase(id, owner) {
      await rows.updateMany({ where: { id: bytes(id), owner: bytes(owner) }, data: { section: new Uint8Array(0) } })
    },
  }
}

function recordOf(row: unknown): KeyRecord {
  const { id, owner, section, wrapTag, ...others } = row as StoredRecord
  return {
    ...others,
    id: Buffer.from(id).toString('hex'),
    owner: Buffer.from(owner).toString('hex'),
    section: Buffer.from(section),
    wrapTag: Buffer.from(wrapTag),
  }
}
