import { type EncryptedTwin, openEncrypted, openPlain, type PlainTwin } from './clients.js'
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
 * - `alone`: one tenant's rows only;
 * - `apart`: a plain database for each tenant.
 */
export type StageName = 'together' | 'alone' | 'apart'

export async function openTwins(server: Server): Promise<Twins> {
  const models = readModels(server.provider)
  const stage = async (plains: ReadonlyMap<string, PlainTwin>): Promise<Stage> => {
    const encrypted = await openEncrypted(server)
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
    alone: await stage(new Map([['1', await openPlain(server)]])),
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
