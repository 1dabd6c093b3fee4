/** `one-request.ts URL KMS_FILE plain|table|inline ID`: a process that serves one request and ends. Prints {@link Request}. */
import { setTimeout as sleep } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import type { KmsProvider } from '../../src/kms/provider.js'
import { encryptedModels } from '../generated/encryption/index.js'
import { PrismaClient } from '../generated/prisma/client.js'
import { TENANT } from '../rows.js'
import { loadLibrary } from '../subjects/library.js'
import type { Placement } from '../subjects/names.js'
import { CMK, INDEX_CMK, KMS_MS } from './serverless-kms.js'

export interface Request {
  /** Calls to KMS, by operation, for the row that is written. */
  readonly writing: Readonly<Record<string, number>>
  /** For the list that is read then: that row, and those of all processes before. */
  readonly reading: Readonly<Record<string, number>>
  /** From when the modules are loaded until the first row is written. */
  readonly writtenMs: number
  /** In another client, without a key or a connection: from when it is made until the list is read. */
  readonly readMs: number
}

const [url = '', file = '', placement = '', id = ''] = process.argv.slice(2)
const library = placement === 'plain' ? undefined : await loadLibrary('serverless', { native: false })
const kms = library?.localKms({ file })

const writer = await served((client) =>
  client.intake.create({ data: { id, tenantId: TENANT, email: `${id}@ex.org`, ssn: id } }),
)
const reader = await served(async (client) => {
  const rows = await client.intake.findMany({ where: { tenantId: TENANT } })
  if (rows.some((row) => row.email !== `${row.id}@ex.org`)) throw new Error('something else was read than was written')
})
const request: Request = {
  ...{ writing: writer.calls, reading: reader.calls },
  ...{ writtenMs: writer.ms, readMs: reader.ms },
}
console.log(JSON.stringify(request))

/** Makes a client, has it do one thing, and counts what KMS was asked until then. */
async function served(work: (client: PrismaClient) => Promise<unknown>) {
  const calls: Record<string, number> = {}
  const start = performance.now()
  const plain = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 2 }) })
  const client = library === undefined || kms === undefined ? plain : extended(plain, counted(kms.provider, calls))
  await work(client as PrismaClient)
  const ms = performance.now() - start
  await plain.$disconnect()
  return { calls: { ...calls }, ms }
}

function extended(plain: PrismaClient, provider: KmsProvider): unknown {
  const options = { models: encryptedModels, app: 'bench', kms: provider, cmk: CMK, indexCmk: INDEX_CMK }
  const store = placement as Placement
  return library && plain.$extends(library.fieldEncryption({ ...options, dataKeys: { store }, rewrap: 'off' }))
}

/** A provider at a distance, which counts the calls to it. */
function counted(provider: KmsProvider, calls: Record<string, number>): KmsProvider {
  const through = <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      calls[name] = (calls[name] ?? 0) + 1
      await sleep(KMS_MS)
      return call(...args)
    }
  }
  return {
    ...provider,
    generateDataKey: through('GenerateDataKey', provider.generateDataKey),
    unwrapDataKey: through('Decrypt', provider.unwrapDataKey),
    generateMac: through('GenerateMac', provider.generateMac),
    describeKey: through('DescribeKey', provider.describeKey),
  }
}
