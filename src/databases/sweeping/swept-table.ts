import type { Statement } from '../row-update.js'

/** A table whose rows are visited in the order of their key, as far as statements need to know it. */
export interface SweptTable {
  readonly table: string
  readonly schema: string | undefined
  /** The columns of the key: unique together, and never NULL. */
  readonly key: readonly string[]
  /** The columns that hold envelopes. */
  readonly columns: readonly SweptColumn[]
  /** Their index columns, where values are read. */
  readonly tokens?: readonly string[]
  /** Where it says which tenant owns a row, where values are read. */
  readonly owner?: OwnerColumn
}

/** The column that names a row's tenant: its own, or that of the row that a foreign key leads to, however far. */
export type OwnerColumn =
  | {
      readonly column: string
      /** Whether NULL stands for the shared tenant. */
      readonly optional: boolean
    }
  | {
      readonly table: string
      readonly schema: string | undefined
      readonly foreignKey: readonly { readonly column: string; readonly references: string }[]
      /** Whether NULL in the foreign key stands for the shared tenant. */
      readonly optional: boolean
      readonly owner: OwnerColumn
    }

export interface SweptColumn {
  readonly column: string
  /** What an envelope is in it: text, a JSON string, or bytes. */
  readonly form: 'text' | 'json' | 'bytes'
  /** Whether it holds a list of them. */
  readonly list: boolean
}

/**
 * The key of a row: for each column a text that the database has written, and reads as exactly that value again. Numbers and
 * times of any precision would not survive a driver's own types.
 */
export type RowKey = readonly string[]

/** The rows after one, or from the first on, up to another one and with it: in the database's own order. */
export interface RowRange {
  readonly after: RowKey | undefined
  readonly last: RowKey
}

/** The same without an end that is known. */
export interface PartialRange {
  readonly after: RowKey | undefined
  readonly last?: RowKey | undefined
}

/** What the database says of a column: its type in SQL. */
export interface ColumnFact {
  readonly column: string
  readonly type: string
  /** Whether an update changes it by itself: MySQL's ON UPDATE CURRENT_TIMESTAMP. */
  readonly onUpdate: boolean
  /** How many characters it has room for, or bytes; `undefined` if there is no limit. */
  readonly room: number | undefined
  /** MySQL's collation of it, if it is of text. */
  readonly collation?: string | undefined
}

export type ColumnFacts = ReadonlyMap<string, ColumnFact>

/**
 * What the envelopes of a column begin with. Characters of the text form; of `Bytes`, hexadecimal.
 *
 * {@link BEGINNING} of one that carries its wrapped key: its data key, its wrap tag, and how long the wrapped key is.
 * {@link TABLE_BEGINNING} of one that does not. {@link NO_ENVELOPE} for what is no envelope at all.
 */
export type Beginning = string

/** Head, wrap tag, length of the section, version of the context: bytes, and characters of the text form. */
export const BEGINNING = { bytes: 33, characters: 48 } as const
/** The head. */
export const TABLE_BEGINNING = { bytes: 18, characters: 28 } as const
export const NO_ENVELOPE = '-'
/** No envelope has it. */
export const LIST_SEPARATOR = '\u0001'
/** Nonce and tag of an envelope of no bytes: what is shorter after its prefix was cut off. */
export const SHORTEST_REST = { bytes: 28, characters: 38 } as const

/** How a prefix is replaced, in one column. */
export interface Replacement {
  readonly column: SweptColumn
  /** The whole of what is cut off: it is compared with all of that, since what follows must be the nonce. */
  readonly cut: string
  /** What is put before the rest. */
  readonly put: string
}

/** Rows whose column begins like this. */
export interface WithBeginning {
  readonly column: SweptColumn
  readonly beginning: Beginning
  /** Of these, those that begin with the whole of this. */
  readonly whole?: string
  /** Of these, those whose value is shorter, or longer, than that: characters, or bytes. */
  readonly shorter?: number
  readonly longer?: number
}

/** How one database visits the rows of a table. */
export interface SweepSql {
  /** Rows of {@link ColumnFact}: `column`, `type`, and where they apply `extra`, `room` and `collation`. */
  facts(table: SweptTable): Statement
  /** Why the rows cannot be visited in the order of their key. */
  fault(table: SweptTable, facts: ColumnFacts): string | undefined
  /** One row with the key of the last row of a page that is full, `k0`, `k1`…, where the database finds it in a third of the time. */
  fullPage?(table: SweptTable, facts: ColumnFacts, within: PartialRange, size: number): Statement
  /** One row with the key of the last row of a page, `k0`, `k1`…, and how many the page has, `rows`. No row if it is empty. */
  page(table: SweptTable, facts: ColumnFacts, within: PartialRange, size: number): Statement
  /** The beginnings of each column, `g0`, `g1`…, with how many rows have them, `rows`, the shortest length, `m0`, `m1`…, and how long all values are together, `size`. Those of a list are joined by {@link LIST_SEPARATOR}. */
  beginnings(table: SweptTable, facts: ColumnFacts, range: RowRange): Statement
  /** Different values `v` of a column that begin in one of these ways, the most frequent first: as much of them as is asked for. None that begins like one of `except`. */
  wholes(
    table: SweptTable,
    facts: ColumnFacts,
    range: RowRange,
    column: SweptColumn,
    beginnings: readonly Beginning[],
    length: number,
    most: number,
    except: readonly string[],
  ): Statement
  /** Keys of rows, `k0`, `k1`…. */
  keys(table: SweptTable, facts: ColumnFacts, range: RowRange, filter: WithBeginning, most: number): Statement
  /** One row, if any row of the range begins in one of these ways: by column, and as long as a {@link Beginning} is or shorter. */
  begun(
    table: SweptTable,
    facts: ColumnFacts,
    range: RowRange,
    beginnings: ReadonlyMap<SweptColumn, readonly Beginning[]>,
  ): Statement
  /**
   * The same as {@link replace} in a third of the time, where the database has such a statement: it fails at once where somebody has
   * locked one of the rows.
   */
  replaceAtOnce?(
    table: SweptTable,
    facts: ColumnFacts,
    range: RowRange,
    replacements: readonly Replacement[],
    most: number,
  ): Statement | undefined
  /** Puts other wrapped keys into rows that nobody has locked, at most so many. */
  replace(
    table: SweptTable,
    facts: ColumnFacts,
    range: RowRange,
    replacements: readonly Replacement[],
    most: number,
  ): Statement
  /** A part of a key for people to read. */
  shown(part: string): string
}
