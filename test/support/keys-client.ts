/**
 * The client and model map of the test schema with a key table (`test/schema-models/keys/`), for the database that this test
 * process uses (`TEST_DB`).
 *
 * The static types are SQLite's, as in `client.ts`.
 */
import type * as SqliteClient from '../generated/sqlite/keys/client/client.js'
import type * as SqliteEncryption from '../generated/sqlite/keys/encryption/index.js'
import { testProvider } from './database.js'

const folder = `../generated/${testProvider()}/keys`

const client = (await import(`${folder}/client/client.ts`)) as typeof SqliteClient
const encryption = (await import(`${folder}/encryption/index.ts`)) as typeof SqliteEncryption

export const { Prisma, PrismaClient } = client
export type PrismaClient = SqliteClient.PrismaClient
export const { encryptedModels } = encryption
