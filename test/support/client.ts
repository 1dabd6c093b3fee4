/**
 * The generated client and model map of the database that this test process uses (`TEST_DB`).
 *
 * The static types are SQLite's, whose client has the fewest features: what compiles runs on every database.
 */
import type * as SqliteClient from '../generated/sqlite/client/client.js'
import type * as SqliteEncryption from '../generated/sqlite/encryption/index.js'
import { testProvider } from './database.js'
import { runtimeOf } from './runtime.js'

const provider = testProvider()

// The others accept more in places, so this one type holds for all; what MySQL lacks is told by `hasReturning`.
const client = (await import(`../generated/${provider}/client/client.ts`)) as typeof SqliteClient
const encryption = (await import(`../generated/${provider}/encryption/index.ts`)) as typeof SqliteEncryption

export const { Prisma, PrismaClient } = client

/** `Prisma.skip`, which Prisma itself shows only with a preview feature. */
export const { skip } = runtimeOf(client)

/** Prisma 6 differs in a few places; each test that minds says how. */
export const isPrisma6 = Prisma.prismaVersion.client.startsWith('6.')

/** Whether Prisma offers `createManyAndReturn` and `updateManyAndReturn` on this database. On MySQL it does not. */
export const hasReturning = provider !== 'mysql'

/** The cases, named by what they call, that Prisma offers here. */
export function offered<Case extends readonly [string, ...unknown[]]>(cases: readonly Case[]): Case[] {
  return cases.filter(([name]) => hasReturning || !name.endsWith('AndReturn'))
}

export type PrismaClient = SqliteClient.PrismaClient
export const { encryptedModels } = encryption

export type { Prisma as PrismaTypes } from '../generated/sqlite/client/client.js'
