import {
  type ColumnFacts,
  type MoveSql,
  maintenanceOf,
  type RowKey,
  type RowWrite,
  type Statement,
  type SweepSql,
  type ValuesSql,
} from '../databases/index.js'
import type { FoundRow, LinkedRow, MovedModel, MovedRows } from '../operations/index.js'
import type { BaseClient } from './intercept.js'
import type { Delegates } from './lookups.js'
import {
  lowerFirst,
  type Model,
  type Models,
  type Plain,
  selectionOf,
  tenantInRow,
  tenantSelection,
} from './query/index.js'
import { factsFrom, isTaken, textOrNull, unswept } from './swept-tables.js'

/** A client that begins interactive transactions. */
export interface TransactionalClient extends BaseClient {
  $transaction<R>(
    work: (client: BaseClient) => Promise<R>,
    options: { readonly timeout: number; readonly maxWait: number; readonly isolationLevel?: string },
  ): Promise<R>
}

/** How rows are moved in a database. */
export interface MoveStore {
  readonly sql: MoveSql
  readonly rows: MovedRows
  /** A key for people to read, by column. */
  shown(model: MovedModel, key: RowKey): Readonly<Record<string, string>>
  transaction(timeout: number, work: (rows: MovedRows) => Promise<void>): Promise<void>
}

/** How long to wait for a connection (ms). */
const MAX_WAIT = 10_000

/** `undefined` where it is not known how the database does it. */
export function moveStoreOf(models: Models, client: TransactionalClient): MoveStore | undefined {
  const { move, sweep, values } = maintenanceOf(models.provider)
  if (move === undefined || sweep === undefined || values === undefined) return undefined
  const sql = { move, sweep, values, facts: new Map<string, Promise<ColumnFacts>>() }
  return {
    sql: move,
    rows: movedRows(models, client, sql),
    shown: ({ table }, key) => Object.fromEntries(table.key.map((column, i) => [column, sweep.shown(key[i] ?? '')])),
    transaction: (timeout, work) =>
      client.$transaction((inside) => work(movedRows(models, inside, sql)), {
        timeout,
        maxWait: MAX_WAIT,
        ...(move.isolation !== undefined && { isolationLevel: move.isolation }),
      }),
  }
}

interface Sql {
  readonly move: MoveSql
  readonly sweep: SweepSql
  readonly values: ValuesSql
  /** By table. */
  readonly facts: Map<string, Promise<ColumnFacts>>
}

function movedRows(models: Models, client: BaseClient, { move, sweep, values, facts }: Sql): MovedRows {
  const query = async ({ sql, parameters }: Statement): Promise<Plain[]> => {
    const rows = await client.$queryRawUnsafe(sql, ...parameters)
    return rows as Plain[]
  }
  const execute = async ({ sql, parameters }: Statement): Promise<number> =>
    client.$executeRawUnsafe(sql, ...parameters)
  const factsOf = ({ name, table }: MovedModel): Promise<ColumnFacts> => {
    const known = facts.get(name)
    if (known !== undefined) return known
    const asked = query(sweep.facts(table)).then((rows) => {
      const found = factsFrom(rows)
      const fault = sweep.fault(table, found)
      if (fault !== undefined) throw unswept(table, fault)
      return found
    })
    facts.set(name, asked)
    // It may be asked for again.
    asked.catch(() => facts.delete(name))
    return asked
  }
  return {
    async begin({ table }) {
      if (move.exclusive !== undefined) await execute(move.exclusive(table))
    },
    async find(model, by, wanted, how) {
      if (wanted.length === 0) return []
      const { table } = model
      const found = await query(move.find(table, await factsOf(model), { by, values: wanted, ...how }))
      return found.map((row): FoundRow => {
        const texts = table.texts.map((column, i): [string, string | null] => [column, textOrNull(row[`k${i}`])])
        return {
          key: texts.slice(0, table.key.length).map(([, text]) => text ?? ''),
          texts: new Map(texts),
          owner: textOrNull(row.o),
          cells: table.columns.map((_, i) => textOrNull(row[`v${i}`])),
          tokens: (table.tokens ?? []).map((_, i) => textOrNull(row[`t${i}`])),
        }
      })
    },
    across: (model, field, key, tenant) =>
      linkedAcross(models, client as unknown as Delegates, move, model, field, key, tenant),
    async write({ table, name }, rows) {
      const last = rows.at(-1)
      if (last === undefined) return 0
      const known = await facts.get(name)
      if (known === undefined) throw new Error(`nothing is known of the columns of ${name}`)
      try {
        return await execute(values.write(table, known, { after: undefined, last: last.key }, rows as RowWrite[]))
      } catch (error) {
        if (isTaken(error)) return 'taken'
        throw error
      }
    },
    async assign(model, assigned, keys) {
      await execute(move.assign(model.table, await factsOf(model), assigned, keys))
    },
  }
}

/** Through Prisma, which alone knows the table between them. */
async function linkedAcross(
  models: Models,
  client: Delegates,
  sql: MoveSql,
  { name }: MovedModel,
  field: string,
  key: RowKey,
  tenant: string,
): Promise<LinkedRow[]> {
  const model = models.get(name)
  const entry = model.fields.get(field)
  if (entry?.kind !== 'relation') return []
  const target = models.get(entry.model)
  const select = { ...selectionOf(target.key), ...tenantSelection(models, target) }
  const where = Object.fromEntries(model.key.map((part, i) => [part, plainOf(model, part, sql.plain(key[i] ?? ''))]))
  const found: unknown = await client[lowerFirst(name)]?.findMany({ where, select: { [field]: { select } } })
  const [row] = (found ?? []) as Plain[]
  // Not as if it had no links.
  if (row === undefined) throw new Error('a row was deleted while its links were looked up')
  return ((row[field] ?? []) as Plain[]).flatMap((linked) =>
    tenantInRow(models, target, linked) === tenant
      ? []
      : [{ model: target.name, key: target.key.map((part) => sql.text(linked[part]) ?? '') }],
  )
}

function plainOf({ fields }: Model, field: string, text: string): unknown {
  const entry = fields.get(field)
  if (entry?.kind === 'scalar' && entry.type === 'BigInt') return BigInt(text)
  return entry?.kind === 'scalar' && entry.type === 'Int' ? Number(text) : text
}
