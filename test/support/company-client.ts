/**
 * The client and model map of `test/schema-models/company/`, for the database that this test process uses (`TEST_DB`).
 *
 * The static types are SQLite's, as in `client.ts`.
 */
import type * as SqliteClient from '../generated/sqlite/company/client/client.js'
import type * as SqliteEncryption from '../generated/sqlite/company/encryption/index.js'
import { testProvider } from './database.js'

const folder = `../generated/${testProvider()}/company`

// The others accept more in places, so this one type holds for all.
const client = (await import(`${folder}/client/client.ts`)) as typeof SqliteClient
const encryption = (await import(`${folder}/encryption/index.ts`)) as typeof SqliteEncryption

export const { Prisma, PrismaClient } = client
/** One that loads relations by a join where the database can. */
export const { PrismaClient: JoiningClient } = (await import(`${folder}/joins/client/client.ts`)) as typeof SqliteClient
export type PrismaClient = SqliteClient.PrismaClient
export const { encryptedModels } = encryption
