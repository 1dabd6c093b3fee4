import { type EncryptedTwin, type Omit, openEncrypted, openPlain, type PlainTwin } from './clients.js'
import type { Server } from './databases.js'
import { type Models, readModels } from './models.js'
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

/** Secrets, an index, a tenant column and plain fields. */
const LEFT_OUT: Omit = {
  patient: { tenantId: true, badge: true, notes: true, age: true },
  record: { data: true, set: true },
  login: { email: true, emailIndex: true },
  account: { orgId: true },
}

export async function openTwins(server: Server): Promise<Twins> {
  const models = readModels(server.provider)
  const stage = async (plains: ReadonlyMap<string, PlainTwin>, omit?: Omit): Promise<Stage> => {
    const encrypted = await openEncrypted(server, omit)
    await seed(models, encrypted, plains)
    return { encrypted, plains }
  }
  const both = await openPlain(server)
  const stages = {
    together: await stage(
      new Map([
        ['1', both],
        ['2', both],
      ]),
    ),
    alone: await stage(new Map([['1', await openPlain(server, LEFT_OUT)]]), LEFT_OUT),
    apart: await stage(
      new Map([
        ['1', await openPlain(server)],
        ['2', await openPlain(server)],
      ]),
    ),
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
