/** The types of what only the test schema for PostgreSQL has (`test/schema-models/postgresql/`). */

import type { FieldEncryptionOptions } from '../../src/prisma/encryption-options.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import type { PrismaClient as PostgresqlClient } from '../generated/postgresql/client/client.js'
import type { encryptedModels } from '../generated/postgresql/encryption/index.js'

export type { PrismaClient as PostgresqlClient } from '../generated/postgresql/client/client.js'

type Extend = (client: PostgresqlClient, options: FieldEncryptionOptions<typeof encryptedModels>) => unknown
const extend = ((client, options) => client.$extends(fieldEncryption(options))) satisfies Extend

export type PostgresqlEncryptedClient = ReturnType<typeof extend>

/** The same client with those types. On another database its calls on these models fail. */
export function postgresqlTypes(client: { $encryption: unknown }): PostgresqlEncryptedClient
export function postgresqlTypes(client: { $queryRaw: unknown }): PostgresqlClient
export function postgresqlTypes(client: unknown): unknown {
  return client
}
