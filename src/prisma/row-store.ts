import { canUpdate, updateStatement } from '../databases/index.js'
import type { RowStore } from '../operations/index.js'
import type { BaseClient } from './intercept.js'

/**
 * Rows past Prisma's models, by raw updates: Prisma's own would move `@updatedAt`. `undefined` where the database has no
 * statement that changes a row only if nobody else has.
 */
export function rowStoreOf(provider: string, client: BaseClient): RowStore | undefined {
  if (!canUpdate(provider)) return undefined
  return {
    async write(update) {
      const { sql, parameters } = updateStatement(provider, update)
      return client.$executeRawUnsafe(sql, ...parameters)
    },
  }
}
