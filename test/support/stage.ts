import { afterAll, expect } from 'vitest'
import { EnvelopeError } from '../../src/errors.js'
import type { LocalKms } from '../../src/kms/local-kms/index.js'
import type { PrismaClient } from './client.js'
import { openTestDatabase, type TestDatabase } from './database.js'
import type { StoredValue } from './databases/contract.js'
import { encryptedClient, type TestOptions } from './encrypted-client.js'
import { testKms } from './kms.js'
import type { Statement } from './recording-adapter.js'

/** What most integration tests stand on: a fresh database, an embedded KMS, one extended client. */
export async function openStage(options: TestOptions = {}) {
  const database = await openTestDatabase()
  const kms = await testKms()
  const { plain, prisma, statements } = encryptedClient(database, kms, options)
  afterAll(async () => {
    await plain.$disconnect()
    await database.close()
  })

  return {
    database,
    kms,
    /** The same client without encryption: what an application would have had. */
    plain,
    prisma,
    statements,
    acme: prisma.$forTenant('acme'),
    globex: prisma.$forTenant('globex'),
    ...stageTools(database, kms, statements),
  }
}

/** What a test does beside its calls, past Prisma. */
export function stageTools(database: TestDatabase, kms: LocalKms, statements: Statement[]) {
  return {
    /** What one column holds in the row of this id, past Prisma. */
    async stored(table: string, column: string, id: string | number): Promise<StoredValue | undefined> {
      const [row] = await database.query(`SELECT ${column} AS value FROM ${table} WHERE id = ?`, [id])
      return row?.value
    },

    async plant(table: string, column: string, id: string | number, value: StoredValue): Promise<void> {
      const cast = database.provider === 'postgresql' && column === 'notes' ? '::jsonb' : ''
      expect(await database.execute(`UPDATE ${table} SET ${column} = ?${cast} WHERE id = ?`, [value, id])).toBe(1)
    },

    async countRows(table: string): Promise<number> {
      const [row] = await database.query(`SELECT count(*) AS n FROM ${table}`)
      return Number(row?.n)
    },

    /** What was sent to the database while `work` ran. */
    async sqlOf(work: () => unknown): Promise<string[]> {
      statements.length = 0
      await work()
      return statements.map(({ kind, sql }) => `${kind} ${sql}`.trim())
    },

    /** The calls that KMS got while `work` ran. */
    async kmsCallsOf(work: () => unknown): Promise<string[]> {
      kms.calls.reset()
      await work()
      return kms.calls.entries.map(({ eventName }) => eventName)
    },
  }
}

/** An extended client as the plain one, for code that takes either: Prisma gives the two unrelated types. */
export function asPlain(client: { $queryRaw: unknown }): PrismaClient {
  return client as unknown as PrismaClient
}

export type Stage = Awaited<ReturnType<typeof openStage>>

/** The typed error that a call ends with. Fails the test where the call succeeds, or fails in another way. */
export async function refusal(call: unknown): Promise<EnvelopeError> {
  try {
    await (typeof call === 'function' ? call() : call)
  } catch (error) {
    if (error instanceof EnvelopeError) return error
    throw new Error('refused, but not with a typed error', { cause: error })
  }
  throw new Error('was not refused')
}

/** The binary form behind the text form, or behind the JSON string of a Json column. */
export function binaryOf(stored: StoredValue | undefined): Buffer {
  if (stored instanceof Uint8Array) return Buffer.from(stored)
  const text = String(stored).replaceAll('"', '')
  expect(text).toMatch(/^pe1:/)
  return Buffer.from(text.slice(4), 'base64')
}

export function textOf(binary: Uint8Array): string {
  return `pe1:${Buffer.from(binary).toString('base64')}`
}
