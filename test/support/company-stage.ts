import { readFile } from 'node:fs/promises'
import type { SqlDriverAdapterFactory, SqlQuery } from '@prisma/driver-adapter-utils'
import { afterAll, expect } from 'vitest'
import type { FieldEncryptionOptions } from '../../src/prisma/encryption-options.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { encryptedModels, JoiningClient, PrismaClient } from './company-client.js'
import { testProvider } from './database.js'
import type { StoredValue } from './databases/contract.js'
import { openEmptyDatabase } from './empty-database.js'
import { testKms } from './kms.js'
import { recordingAdapter, type Statement } from './recording-adapter.js'

export type CompanyOptions = Partial<Omit<FieldEncryptionOptions<typeof encryptedModels>, 'models'>>

/** What the database is made with, beside the options of `fieldEncryption`. */
export interface CompanySetting {
  /** As with `relationMode = "prisma"`, or where somebody has dropped them: the database accepts rows without a parent. */
  readonly withoutForeignKeys?: boolean
  /** Whether relations are loaded by a join where the database can: the preview feature `relationJoins`. */
  readonly joins?: boolean
  /** The option `omit` of the client. */
  readonly omit?: ConstructorParameters<typeof PrismaClient>[0]['omit']
}

/** A fresh database with the tables of a company, an embedded KMS with a CMK for each tenant, one extended client. */
export async function openCompany(
  options: CompanyOptions = {},
  { withoutForeignKeys, joins, omit }: CompanySetting = {},
) {
  const database = await openEmptyDatabase()
  const schema = new URL(`../generated/${testProvider()}/company/schema.sql`, import.meta.url)
  const sql = await readFile(schema, 'utf8')
  await database.execute(withoutForeignKeys === true ? freeOfForeignKeys(sql) : sql)
  const interruptions: Interruption[] = []
  const kms = await testKms()
  const { factory, statements } = recordingAdapter(interruptible(database.adapter(), interruptions))
  const plain = new (joins === true ? JoiningClient : PrismaClient)({
    adapter: factory,
    ...(omit !== undefined && { omit }),
  })
  const extend = (more: CompanyOptions = {}) =>
    plain.$extends(
      fieldEncryption({
        models: encryptedModels,
        app: 'company',
        kms: kms.provider,
        cmk: (tenant) => `alias/tenant/${tenant}`,
        indexCmk: 'alias/index',
        ...options,
        ...more,
      }),
    )
  const prisma = extend()
  afterAll(async () => {
    await plain.$disconnect()
    await database.close()
  })
  return {
    database,
    kms,
    plain,
    prisma,
    extend,
    acme: prisma.$forTenant('acme'),
    globex: prisma.$forTenant('globex'),
    main: prisma.$forTenant('main'),
    statements,

    /** Does something between two statements of a call: before the first that matches; `BEGIN` starts a transaction. */
    interrupt(before: RegExp, work: () => Promise<unknown>): void {
      interruptions.push({ before, work })
    },

    /** What one column contains in the row of this id, past Prisma. */
    async stored(table: string, column: string, id: string | number): Promise<StoredValue | undefined> {
      const [row] = await database.query(`SELECT ${named(column)} AS value FROM ${named(table)} WHERE id = ?`, [id])
      return row?.value
    },

    /** Changes a column past Prisma. */
    async plant(table: string, column: string, id: string | number, value: StoredValue): Promise<void> {
      const changed = await database.execute(`UPDATE ${named(table)} SET ${named(column)} = ? WHERE id = ?`, [
        value,
        id,
      ])
      expect(changed).toBe(1)
    },

    /** What was sent to the database while `work` ran. */
    async sqlOf(work: () => unknown): Promise<string[]> {
      statements.length = 0
      await work()
      return (statements as Statement[]).map(({ kind, sql }) => `${kind} ${sql}`.trim())
    },
  }
}

/** A name as the database quotes it. */
export function named(name: string): string {
  return testProvider() === 'mysql' ? `\`${name}\`` : `"${name}"`
}

function freeOfForeignKeys(sql: string): string {
  return sql
    .replaceAll(/ALTER TABLE [^;]* FOREIGN KEY [^;]*;/g, '')
    .replaceAll(/,\s*CONSTRAINT \S+ FOREIGN KEY [^\n]*?(?=,?\n)/g, '')
}

interface Interruption {
  readonly before: RegExp
  readonly work: () => Promise<unknown>
}

/** An adapter in whose statements another process may come in between. */
function interruptible(adapter: SqlDriverAdapterFactory, interruptions: Interruption[]): SqlDriverAdapterFactory {
  const within = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, key) {
        const value: unknown = Reflect.get(target, key, target)
        if (typeof value !== 'function') return value
        const bound = value.bind(target) as (...given: unknown[]) => unknown
        const comeIn = async (sql: string): Promise<void> => {
          const at = interruptions.findIndex(({ before }) => before.test(sql))
          const [interruption] = at < 0 ? [] : interruptions.splice(at, 1)
          await interruption?.work()
        }
        if (key === 'connect' || key === 'startTransaction')
          return async (...given: unknown[]) => {
            if (key === 'startTransaction') await comeIn('BEGIN')
            return within((await bound(...given)) as object)
          }
        if (key !== 'queryRaw' && key !== 'executeRaw') return bound
        return async (query: SqlQuery) => {
          await comeIn(query.sql)
          return bound(query)
        }
      },
    })
  return within(adapter)
}

/** The code of the error that a call ends with, of Prisma or ours. Fails the test where there is none. */
export async function codeOf(call: PromiseLike<unknown> | (() => PromiseLike<unknown>)): Promise<string> {
  try {
    await (typeof call === 'function' ? call() : call)
  } catch (error) {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
    if (typeof code === 'string') return code
    throw error
  }
  throw new Error('the call did not fail')
}
