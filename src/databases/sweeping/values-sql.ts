import type { Statement } from '../row-update.js'
import type { ColumnFacts, OwnerColumn, RowKey, RowRange, SweptTable } from './swept-table.js'

/**
 * What a row holds, as text that the database has written: text and JSON as they are, `Bytes` in hexadecimal, a list as a JSON
 * array of these. `null` is NULL.
 */
export interface StoredRow {
  readonly key: RowKey
  /** {@link SHARED_OWNER}, {@link NAMED_OWNER} and the tenant, or `null` where nothing says which tenant owns it. */
  readonly owner: string | null
  /** By the table's columns. */
  readonly cells: readonly (string | null)[]
  /** By the table's index columns, in hexadecimal. */
  readonly tokens: readonly (string | null)[]
}

/** What one row is to hold, where it still holds exactly what was read. */
export interface RowWrite {
  readonly key: RowKey
  /** The tenant that it was read with, as of a {@link StoredRow}: another one owns what is there now, if it differs. */
  readonly owner: string | null
  /** By the table's columns; `undefined` is not looked at. */
  readonly cells: readonly (CellChange | undefined)[]
  /** By the table's index columns. */
  readonly tokens: readonly (TokenChange | undefined)[]
}

export interface CellChange {
  /** `null` where there was none: it is only compared then. */
  readonly before: string | null
  /** Left out where it stays, and is compared only. */
  readonly after?: string
}

export interface TokenChange {
  readonly before: string | null
  readonly after: string | null
}

export const SHARED_OWNER = 's'
export const NAMED_OWNER = 'n'
/** Instead of NULL, which stands for what is not looked at. No hexadecimal. */
export const NO_TOKEN = '-'
const NO_VALUE = '-'

/** How one database reads values, and writes others in their place. Rows are in the order of their key. */
export interface ValuesSql {
  /** The keys of rows, `k0`, `k1`…, and how long their values are, `size`. */
  sizes(table: SweptTable, facts: ColumnFacts, range: RowRange, most: number): Statement
  /** {@link StoredRow}: `k0`, `k1`…, `o`, `v0`, `v1`…, `t0`, `t1`…. */
  read(table: SweptTable, facts: ColumnFacts, range: RowRange, most: number): Statement
  /** Which of these texts a column cannot hold, by its character set: their positions, `n`. `undefined` where it holds any. */
  unfit(facts: ColumnFacts, column: string, texts: readonly string[]): Statement | undefined
  /** Compare-and-set of rows that nobody has locked. */
  write(table: SweptTable, facts: ColumnFacts, range: RowRange, rows: readonly RowWrite[]): Statement
}

/** What {@link ownerOf} needs of a database. */
export interface OwnerSql {
  /** How rows that lead to the owner are locked where that is compared, if they are: behind a SELECT. */
  readonly locked?: string
  quote(name: string): string
  table(owner: { readonly table: string; readonly schema: string | undefined }): string
  named(column: string): string
}

/** The tenant of a row: one scalar expression, whatever the way to it. */
export function ownerOf(sql: OwnerSql, owner: OwnerColumn | undefined, row: string, depth = 1): string {
  if (owner === undefined) return 'NULL'
  const none = owner.optional ? `'${SHARED_OWNER}'` : 'NULL'
  if ('column' in owner) {
    const column = `${row}.${sql.quote(owner.column)}`
    return `CASE WHEN ${column} IS NULL THEN ${none} ELSE ${sql.named(column)} END`
  }
  const parent = `owner${depth}`
  const foreign = owner.foreignKey.map(({ column }) => `${row}.${sql.quote(column)}`)
  const same = owner.foreignKey.map(({ references }, i) => `${parent}.${sql.quote(references)} = ${foreign[i]}`)
  const found = `SELECT ${ownerOf(sql, owner.owner, parent, depth + 1)} FROM ${sql.table(owner)} AS ${parent} WHERE ${same.join(' AND ')}${sql.locked ?? ''}`
  return `CASE WHEN ${foreign.map((column) => `${column} IS NULL`).join(' OR ')} THEN ${none} ELSE (${found}) END`
}

/** What a batch of rows changes: no other column is mentioned. */
export interface Changes {
  /** Positions among the table's columns: those that are compared, those of which one may have been NULL, and those that are set. */
  readonly compared: readonly number[]
  readonly absent: readonly number[]
  readonly set: readonly number[]
  /** Positions among its index columns. */
  readonly tokens: readonly number[]
  /** Whether the rows say which tenant owns them. */
  readonly owned: boolean
  /**
   * What all texts of a batch's column begin with, by its name: envelopes of one data key by some hundred characters. It is sent once,
   * and not with each of them.
   */
  readonly beginnings: ReadonlyMap<string, string>
}

/** What is shorter is not worth a function call. */
const SHORTEST_BEGINNING = 16

export function changesIn({ columns, tokens = [], owner }: SweptTable, rows: readonly RowWrite[]): Changes {
  const compared = [...columns.keys()].filter((i) => rows.some(({ cells }) => cells[i] !== undefined))
  const set = compared.filter((i) => rows.some(({ cells }) => cells[i]?.after !== undefined))
  const texts = columns.flatMap((column, i): [string, (string | null | undefined)[]][] =>
    // Of bytes and lists, a part is no whole thing.
    column.form !== 'text' || column.list
      ? []
      : [
          [batch.before(i), rows.map(({ cells }) => cells[i]?.before)],
          [batch.after(i), rows.map(({ cells }) => cells[i]?.after)],
        ],
  )
  return {
    compared,
    absent: compared.filter((i) => rows.some(({ cells }) => cells[i]?.before === null)),
    set,
    beginnings: new Map(
      texts.flatMap(([name, all]): [string, string][] => {
        const beginning = commonBeginning(all)
        return beginning.length < SHORTEST_BEGINNING ? [] : [[name, beginning]]
      }),
    ),
    tokens: [...tokens.keys()].filter((i) => rows.some((row) => row.tokens[i] !== undefined)),
    owned: owner !== undefined,
  }
}

/** The names of a batch's own columns: a table has none of these. */
export const batch = {
  key: (i: number): string => `pe_batch_k${i}`,
  owner: 'pe_batch_o',
  before: (i: number): string => `pe_batch_b${i}`,
  /** {@link NO_VALUE} where it was NULL. */
  absent: (i: number): string => `pe_batch_n${i}`,
  after: (i: number): string => `pe_batch_a${i}`,
  tokenBefore: (i: number): string => `pe_batch_p${i}`,
  tokenAfter: (i: number): string => `pe_batch_q${i}`,
}

/** What a batch says of each row beside its key: the names of the columns, in the order of {@link batchTexts}. */
export function batchColumns({ compared, absent, set, tokens, owned }: Changes): string[] {
  return [
    ...(owned ? [batch.owner] : []),
    ...compared.map(batch.before),
    ...absent.map(batch.absent),
    ...set.map(batch.after),
    ...tokens.flatMap((i) => [batch.tokenBefore(i), batch.tokenAfter(i)]),
  ]
}

/** Without the {@link Changes.beginnings}, where these are sent apart. */
export function batchTexts(
  { compared, absent, set, tokens, owned, beginnings }: Changes,
  row: RowWrite,
  withoutBeginnings = false,
): (string | null)[] {
  const rest = (name: string, text: string | null | undefined): string | null => {
    if (text === null || text === undefined) return null
    return withoutBeginnings ? text.slice(beginnings.get(name)?.length ?? 0) : text
  }
  return [
    ...(owned ? [row.owner] : []),
    ...compared.map((i) => rest(batch.before(i), row.cells[i]?.before)),
    ...absent.map((i) => (row.cells[i]?.before === null ? NO_VALUE : null)),
    ...set.map((i) => rest(batch.after(i), row.cells[i]?.after)),
    ...tokens.flatMap((i) => [tokenText(row.tokens[i]?.before), tokenText(row.tokens[i]?.after)]),
  ]
}

/** Only of ASCII: no character is cut in two. */
function commonBeginning(texts: readonly (string | null | undefined)[]): string {
  let common: string | undefined
  for (const text of texts) {
    if (text === null || text === undefined) continue
    if (common === undefined) common = /^[\x20-\x7e]*/.exec(text)?.[0] ?? ''
    else if (!text.startsWith(common)) {
      let length = 0
      while (length < common.length && text[length] === common[length]) length += 1
      common = common.slice(0, length)
    }
    if (common.length < SHORTEST_BEGINNING) return ''
  }
  return common ?? ''
}

function tokenText(token: string | null | undefined): string | null {
  return token === undefined ? null : (token ?? NO_TOKEN)
}
