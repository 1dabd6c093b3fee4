import type { SqlDriverAdapter, SqlDriverAdapterFactory, SqlQueryable, Transaction } from '@prisma/driver-adapter-utils'

/** One thing that Prisma asked of the database, in order. */
export interface Statement {
  readonly kind: 'query' | 'execute' | 'script' | 'begin' | 'commit' | 'rollback'
  /** Empty for `begin`, `commit` and `rollback`. */
  readonly sql: string
  readonly params: readonly unknown[]
}

export interface RecordingAdapter {
  /** For `new PrismaClient({ adapter: factory })`. */
  readonly factory: SqlDriverAdapterFactory
  /** Grows as the client works; empty it with `statements.length = 0`. */
  readonly statements: Statement[]
}

/** The `transactionOptions` of the tests' clients: on a busy machine, Prisma's own two and five seconds pass. */
export const PATIENT = { maxWait: 30_000, timeout: 30_000 }

/**
 * A driver adapter that writes down all that reaches the database, so that a test can say "an error, and no SQL", count
 * statements, or look for a plaintext among the parameters.
 */
export function recordingAdapter(adapter: SqlDriverAdapterFactory): RecordingAdapter {
  const statements: Statement[] = []
  const record = (kind: Statement['kind'], sql = '', params: readonly unknown[] = []) => {
    statements.push({ kind, sql, params: [...params] })
  }

  const recordQueries = (target: SqlQueryable): Pick<SqlQueryable, 'queryRaw' | 'executeRaw'> => ({
    queryRaw(query) {
      record('query', query.sql, query.args)
      return target.queryRaw(query)
    },
    executeRaw(query) {
      // PostgreSQL's comes besides `commit()` and `rollback()`, SQLite's does not: recorded once on both.
      if (query.sql !== 'COMMIT' && query.sql !== 'ROLLBACK') record('execute', query.sql, query.args)
      return target.executeRaw(query)
    },
  })

  const recordTransaction = (target: Transaction): Transaction =>
    override(target, {
      ...recordQueries(target),
      commit() {
        record('commit')
        return target.commit()
      },
      rollback() {
        record('rollback')
        return target.rollback()
      },
    })

  const recordConnection = (target: SqlDriverAdapter): SqlDriverAdapter =>
    override(target, {
      ...recordQueries(target),
      executeScript(script) {
        record('script', script)
        return target.executeScript(script)
      },
      async startTransaction(isolationLevel) {
        record('begin')
        return recordTransaction(await target.startTransaction(isolationLevel))
      },
    })

  const factory = override(adapter, { connect: async () => recordConnection(await adapter.connect()) })
  return { factory, statements }
}

/** `target` with some methods replaced; the others keep their `this`, which has private fields. */
function override<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(methods, key)) return methods[key as keyof T]
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Whether a statement changes rows of a table: MariaDB's may begin with a setting for itself. */
export function isUpdateOf(table: string, sql: string): boolean {
  return /^(?:SET STATEMENT \S+ = \d+ FOR )?UPDATE\b/.test(sql) && sql.includes(table)
}
