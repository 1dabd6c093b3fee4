import { type EncryptedTwin, type Omit, openEncrypted, openPlain, type PlainTwin } from './clients.js'
import type { Server } from './databases.js'
import { type Models, readModels, type SchemaName } from './models.js'
import { seed } from './seed.js'

/** One encrypted database, and the plain one that stands for each tenant's part of it. */
export interface Stage {
  readonly encrypted: EncryptedTwin
  readonly plains: ReadonlyMap<string, PlainTwin>
}

export interface Twins {
  readonly models: Models
  readonly stages: Readonly<Record<StageName, Stage>>
  close(): Promise<void>
}

/**
 * - `together`: one plain database for the rows of both tenants;
 * - `alone`: one tenant's rows only, and clients with the option `omit`;
 * - `apart`: a plain database for each tenant.
 */
export type StageName = 'together' | 'alone' | 'apart'

/** Secrets, an index, a tenant column, foreign keys on the way to one, and plain fields. */
const LEFT_OUT: Readonly<Record<SchemaName, Omit>> = {
  twin: {
    patient: { tenantId: true, badge: true, notes: true, age: true },
    record: { data: true, set: true },
    login: { email: true, emailIndex: true },
    account: { orgId: true },
  },
  'twin-company': {
    document: { orgId: true, metadata: true },
    recipient: { id: true, documentId: true, name: true },
    comment: { documentId: true },
    credential: { orgId: true, secretIndex: true },
    user: { email: true, locale: true },
  },
}

export async function openTwins(server: Server, schema: SchemaName): Promise<Twins> {
  const models = readModels(server.provider, schema)
  const stage = async (plains: ReadonlyMap<string, PlainTwin>, omit?: Omit): Promise<Stage> => {
    const encrypted = await openEncrypted(server, schema, omit)
    await seed(models, encrypted, plains)
    return { encrypted, plains }
  }
  const each = async (open: () => PlainTwin | Promise<PlainTwin>): Promise<ReadonlyMap<string, PlainTwin>> => {
    const plains = new Map<string, PlainTwin>()
    for (const tenant of models.tenants) plains.set(tenant, await open())
    return plains
  }
  const one = await openPlain(server, schema)
  const omit = LEFT_OUT[schema]
  const stages = {
    together: await stage(await each(() => one)),
    alone: await stage(new Map([['1', await openPlain(server, schema, omit)]]), omit),
    apart: await stage(await each(() => openPlain(server, schema))),
  }
  return {
    models,
    stages,
    async close() {
      for (const { encrypted, plains } of Object.values(stages)) {
        for (const { client, database } of [encrypted, ...new Set(plains.values())]) {
          await client.$disconnect()
          await database.close()
        }
      }
    },
  }
}
