import type {
  Beginning,
  ColumnFacts,
  PartialRange,
  Replacement,
  RowKey,
  RowRange,
  RowWrite,
  StoredRow,
  SweptColumn,
  SweptTable,
  WithBeginning,
} from '../../databases/index.js'

/** Rows of a page by what the envelopes in their columns begin with: for each column of the table, all that one row has. */
export interface BeginningGroup {
  readonly beginnings: readonly (readonly Beginning[])[]
  /** The length of the shortest envelope in each column: characters, of `Bytes` bytes. */
  readonly shortest: readonly number[]
  /** How long the values of all of these rows are together, in all columns. */
  readonly size: number
  readonly rows: number
}

/** Rows that are visited together. */
export interface Page {
  readonly range: RowRange
  readonly rows: number
}

/** The rows of one table, as far as a sweep needs them. */
export interface TableRows {
  readonly table: SweptTable
  /** What the database says of the columns. */
  readonly facts: ColumnFacts
  /** The next rows in the order of their key, at most so many; `undefined` at the end. */
  page(within: PartialRange, size: number): Promise<Page | undefined>
  beginnings(range: RowRange): Promise<readonly BeginningGroup[]>
  /** The different wrapped keys of some beginnings: that many characters, or bytes, of the envelopes. None that begins like one of `except`. */
  wholes(
    range: RowRange,
    column: SweptColumn,
    beginnings: readonly Beginning[],
    length: number,
    most: number,
    except?: readonly string[],
  ): Promise<readonly string[]>
  keys(range: RowRange, filter: WithBeginning, most: number): Promise<readonly RowKey[]>
  /** Whether any row begins in one of these ways: as much of each as is given. */
  begun(range: RowRange, beginnings: ReadonlyMap<SweptColumn, readonly Beginning[]>): Promise<boolean>
  /** How many rows were changed. Those that are locked are passed over. */
  replace(range: RowRange, replacements: readonly Replacement[], most: number): Promise<number>
  /** The keys of rows, at most so many, and how many characters their values have. */
  sizes(range: RowRange, most: number): Promise<readonly { readonly key: RowKey; readonly size: number }[]>
  read(range: RowRange, most: number): Promise<readonly StoredRow[]>
  /** The positions of those of some texts that a column cannot hold, by its character set. */
  unfit(column: string, texts: readonly string[]): Promise<readonly number[]>
  /**
   * Compare-and-set. How many rows were changed: not those that are locked, nor those that have changed meanwhile. `'taken'`, and none
   * was, where one has the token of another row in an index that is unique.
   */
  write(range: RowRange, rows: readonly RowWrite[]): Promise<number | 'taken'>
  /** A key for people to read, by column. */
  shown(key: RowKey): Readonly<Record<string, string>>
}

/** The tables of a database. What lies above implements it, and hands it in. */
export interface SweptTables {
  /** Throws `ENVELOPE_CONFIG_INVALID` if the rows of the table cannot be visited in the order of their key. */
  open(table: SweptTable): Promise<TableRows>
  /** How many rows the table has. */
  count(table: SweptTable): Promise<number>
  /** Whether the database answers at all. */
  answers(): Promise<boolean>
}
