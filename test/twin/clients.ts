import { subscribe } from 'node:diagnostics_channel'
import { readFile } from 'node:fs/promises'
import type { DataKeyOptions } from '../../src/keys/index.js'
import type { KeyTableEvent } from '../../src/observers/index.js'
import type { EncryptionEvent } from '../../src/prisma/events.js'
import { fieldEncryption } from '../../src/prisma/extension.js'
import type { ModelMap } from '../../src/schema/model-map.js'
import type * as SqliteEncrypted from '../generated/sqlite/twin-encrypted/client/client.js'
import type { Provider, TestDatabase } from '../support/databases/contract.js'
import { testKms } from '../support/kms.js'
import { recordingAdapter, type Statement } from '../support/recording-adapter.js'
import type { Server } from './databases.js'
import { withLegacy } from './legacy.js'
import type { SchemaName } from './models.js'
import type { Process } from './place.js'

/** A Prisma client of either twin, as the test uses it: delegates and operations by name. */
export interface Client {
  $transaction(work: unknown, options?: unknown): Promise<unknown>
  $disconnect(): Promise<void>
}

export interface EncryptedClient extends Client {
  $forTenant(tenant: string): EncryptedClient
  readonly $encryption: {
    index(model: string, field: string, value: unknown, options: { tenant: string; index: string }): Promise<Uint8Array>
    openRows(model: string, rows: readonly object[]): Promise<Record<string, unknown>[]>
    evict(tenant: string): void
  }
}

export interface PlainTwin {
  readonly database: TestDatabase
  readonly client: Client
}

/** What one process has of data keys, by two extended clients. */
export interface EncryptedProcess {
  /** Without any tenant of its own. */
  readonly client: EncryptedClient
  /** With the option `tenant: '1'`. */
  readonly constant: EncryptedClient
}

export interface EncryptedTwin {
  readonly database: TestDatabase
  /** Of the process with the key table, for what the test itself asks. */
  readonly client: EncryptedClient
  readonly processes: Readonly<Record<Process, EncryptedProcess>>
  /** Everything that was sent to the database. */
  readonly statements: Statement[]
  /** Everything that the library reported. */
  readonly events: EncryptionEvent[]
  /** What it said of the key table, also of the other twins'. */
  readonly keyTable: KeyTableEvent[]
}

type ClientModule = typeof SqliteEncrypted

/** What a client leaves out unless a call asks for it. */
export type Omit = Readonly<Record<string, Readonly<Record<string, true>>>>

export async function openPlain(server: Server, schema: SchemaName, omit: Omit = {}): Promise<PlainTwin> {
  const database = await openDatabase(server, `${schema}-plain`)
  const { PrismaClient } = await clientModule(server.provider, `${schema}-plain`)
  return { database, client: asClient(new PrismaClient({ adapter: database.adapter(), omit })) }
}

export async function openEncrypted(server: Server, schema: SchemaName, omit: Omit = {}): Promise<EncryptedTwin> {
  const name = `${schema}-encrypted` as const
  const database = await openDatabase(server, name)
  const { PrismaClient } = await clientModule(server.provider, name)
  const { encryptedModels } = (await import(`../generated/${server.provider}/${name}/encryption/index.ts`)) as {
    encryptedModels: ModelMap
  }
  const models = withLegacy(encryptedModels)
  const kms = await testKms()
  const { factory, statements } = recordingAdapter(database.adapter())
  const events: EncryptionEvent[] = []
  const keyTable: KeyTableEvent[] = []
  // On this channel there is nothing else.
  subscribe('prisma-envelope:key-table', (event) => keyTable.push(event as KeyTableEvent))
  const base = new PrismaClient({ adapter: factory, omit })
  const extended = (options: {
    dataKeys: DataKeyOptions
    tenant?: string
    verifyIndexes?: boolean
    suite?: 'xchacha20-poly1305'
  }) =>
    base.$extends(
      fieldEncryption({
        models,
        app: 'twin',
        kms: kms.provider,
        cmk: (tenant) => `alias/tenant/${tenant}`,
        indexCmk: 'alias/index',
        onEvent: (event) => events.push(event),
        ...options,
      }),
    )
  const processOf = (dataKeys: DataKeyOptions): EncryptedProcess => ({
    client: asClient(extended({ dataKeys, verifyIndexes: true })) as EncryptedClient,
    constant: asClient(extended({ dataKeys, tenant: '1', suite: 'xchacha20-poly1305' })) as EncryptedClient,
  })
  const processes = {
    inline: processOf({ store: 'inline' }),
    table: processOf({}),
    neighbour: processOf({ maxMessages: 400 }),
  }
  return { database, client: processes.table.client, processes, statements, events, keyTable }
}

type TwinName = `${SchemaName}-${'encrypted' | 'plain'}`

async function openDatabase(server: Server, twin: TwinName): Promise<TestDatabase> {
  const database = await server.open()
  const sql = new URL(`../generated/${server.provider}/${twin}/schema.sql`, import.meta.url)
  await database.execute(await readFile(sql, 'utf8'))
  // InnoDB checks a reference to the same table row by row, in the order in which it happens to delete them.
  if (server.provider === 'mysql' && !twin.startsWith('twin-company')) {
    await database.execute('ALTER TABLE patients DROP FOREIGN KEY patients_tenant_id_mentor_id_fkey')
  }
  return database
}

/** The clients of all schemas and databases are the same in all that is used of them. */
async function clientModule(provider: Provider, twin: TwinName): Promise<ClientModule> {
  return (await import(`../generated/${provider}/${twin}/client/client.ts`)) as ClientModule
}

/** The generated types say more than a test that goes by names can use. */
function asClient(client: object): Client {
  return client as Client
}

/** The operation of a delegate, to be called with arguments of that operation. */
export function operationOf(client: Client, delegate: string, name: string): (args: unknown) => PromiseLike<unknown> {
  const methods: unknown = Reflect.get(client, delegate)
  const method: unknown = typeof methods === 'object' && methods !== null ? Reflect.get(methods, name) : undefined
  if (typeof method !== 'function') throw new Error(`There is no ${delegate}.${name}`)
  return (args) => method.call(methods, args)
}
