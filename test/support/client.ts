/**
 * The generated client and model map of the database that this test process uses (`TEST_DB`).
 *
 * The static types are SQLite's, whose client has the fewest features: what compiles runs on every database.
 */
import type * as SqliteClient from '../generated/sqlite/client/client.js'
import type * as SqliteEncryption from '../generated/sqlite/encryption/index.js'
import { testProvider } from './database.js'

const provider = testProvider()

// The two differ in what PostgreSQL's accepts in addition, so this one type holds for both.
const client = (await import(`../generated/${provider}/client/client.ts`)) as typeof SqliteClient
const encryption = (await import(`../generated/${provider}/encryption/index.ts`)) as typeof SqliteEncryption

export const { Prisma, PrismaClient } = client
export type PrismaClient = SqliteClient.PrismaClient
export const { encryptedModels } = encryption

export type { Prisma as PrismaTypes } from '../generated/sqlite/client/client.js'
