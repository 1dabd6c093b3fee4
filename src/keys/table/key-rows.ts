/** A row of the key table: a data key that all processes of a tenant share. */
export interface KeyRow {
  /** The data-key id: 16 bytes in hexadecimal. */
  readonly id: string
  /** Whose it is, by {@link ownerOf}: 16 bytes in hexadecimal. */
  readonly owner: string
  /** Grows by one with each key of an owner. No two have the same. */
  readonly seq: bigint
  /** The wrapped key section of `docs/format.md`; empty where the data key was erased. */
  readonly section: Buffer
  readonly wrapTag: Buffer
  /** Whether it seals no more, by an operator's word. */
  readonly retired: boolean
}

/** A row to be written. */
export interface NewKeyRow extends Omit<KeyRow, 'retired'> {
  /** For people to read: nothing is found by these, and nothing trusts them. */
  readonly cmkArn: string | undefined
  readonly tenant: string
  readonly scope: string
  readonly createdAt: Date
}

/** The key table, as far as keys need it. What lies above implements it, and hands it in. */
export interface KeyRows {
  /** An owner's rows, the newest first: at most so many. */
  newest(owner: string, most: number): Promise<KeyRow[]>
  find(ids: readonly string[]): Promise<KeyRow[]>
  /** Rows in the order of their ids, after one of them: of an owner, or of all. */
  page(after: string | undefined, owner: string | undefined, most: number): Promise<KeyRow[]>
  /** Stores a row and, before it, its count with so many reserved. `false` where its id or sequence number is taken. */
  insert(row: NewKeyRow, reserved: number): Promise<boolean>
  /** Reserves so many counts, unless they would be more than `most` in all. `false` where they would, or there is no count. */
  reserve(id: string, counts: number, most: number): Promise<boolean>
  /** Replaces how a data key is wrapped, unless somebody else has. */
  replace(row: KeyRow, next: Pick<NewKeyRow, 'section' | 'wrapTag' | 'cmkArn'>): Promise<boolean>
}
