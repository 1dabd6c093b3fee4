/** A whole row of the key table. */
export interface KeyRecord {
  /** The data-key id: 16 bytes in hexadecimal. */
  readonly id: string
  /** Whose it is: 16 bytes in hexadecimal. */
  readonly owner: string
  readonly seq: bigint
  /** The wrapped key; empty where it was erased. */
  readonly section: Buffer
  readonly wrapTag: Buffer
  readonly cmk: string | null
  readonly tenant: string
  readonly scope: string
  readonly createdAt: Date
  readonly retiredAt: Date | null
}

/** The key table, as far as its rows are written out, read in and erased. What lies above implements it, and hands it in. */
export interface KeyRecords {
  /** Rows in the order of their ids, after one of them: of an owner, or of all. */
  page(after: string | undefined, owner: string | undefined, most: number): Promise<KeyRecord[]>
  find(ids: readonly string[]): Promise<KeyRecord[]>
  /** The largest sequence number of an owner; 0 where it has no row. */
  lastSeq(owner: string): Promise<bigint>
  /** The smallest one; `undefined` where it has no row. */
  firstSeq(owner: string): Promise<bigint | undefined>
  /** `false` where its id or its sequence number is taken. */
  insert(record: KeyRecord): Promise<boolean>
  /** Empties the section of a row of this owner, whatever it holds. There may be none. */
  erase(id: string, owner: string): Promise<void>
}

/** How many rows are asked for at a time. */
const PAGE = 200

/** All rows, of an owner or of all owners, page by page. */
export async function* allRecords(records: KeyRecords, owner: string | undefined): AsyncGenerator<KeyRecord> {
  let page = await records.page(undefined, owner, PAGE)
  while (page.length > 0) {
    yield* page
    page = await records.page(page.at(-1)?.id, owner, PAGE)
  }
}

export function isErased({ section }: KeyRecord): boolean {
  return section.length === 0
}

/** Whoever else inserts rows of the same owner takes a sequence number before us now and then. */
const MOST_TRIES = 10

/**
 * Inserts a row; under the owner's next sequence number where its own is taken.
 *
 * @returns the row that is there under this id instead, where there is one.
 */
export async function insertRecord(records: KeyRecords, record: KeyRecord): Promise<KeyRecord | undefined> {
  let { seq } = record
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (await records.insert({ ...record, seq })) return undefined
    const [there] = await records.find([record.id])
    if (there !== undefined) return there
    seq = (await records.lastSeq(record.owner)) + 1n
  }
  throw new Error('no sequence number was free')
}
