import { setTimeout as sleep } from 'node:timers/promises'
import type { KmsProvider } from '../../src/kms/provider.js'
import type { Server } from '../database.js'
import { milliseconds, table } from '../report/table.js'
import { loadLibrary } from '../subjects/library.js'
import type { Placement } from '../subjects/names.js'
import { extended, oneCmk, tenants } from './setup.js'

const TENANTS = 1_000
/** About the time that AWS KMS takes within a Region. */
const KMS_MS = 5

/** Reads rows of many tenants in one call, with none of their keys in memory. */
export async function coldStart(server: Server): Promise<string> {
  const [ofTable, ofInline] = [await coldStartOf(server, 'table'), await coldStartOf(server, 'inline')]
  return table(
    [`findMany over ${TENANTS} tenants, no key in memory`, 'table', 'inline'],
    ofTable.map(([what, cell], i) => [what, cell, ofInline[i]?.[1] ?? '']),
  )
}

async function coldStartOf(server: Server, store: Placement): Promise<[what: string, cell: string][]> {
  const library = await loadLibrary('cold-start', { native: false })
  const kms = await oneCmk(library)
  const database = await server.open(`cold start ${store}`)
  const writer = extended(library, kms.provider, database.adapter(), { store })
  for (const tenantId of tenants(TENANTS)) {
    const email = `${tenantId}@ex.org`
    await writer.prisma.intake.create({ data: { id: tenantId, tenantId, email, ssn: tenantId } })
  }
  await writer.plain.$disconnect()

  const slow = watched(kms.provider)
  const reader = extended(library, slow.provider, database.adapter(), { store })
  await reader.plain.$connect()
  const start = performance.now()
  const rows = await reader.prisma.intake.findMany({ select: { id: true, email: true } })
  const wallMs = performance.now() - start
  if (rows.length !== TENANTS || rows.some(({ id, email }) => email !== `${id}@ex.org`)) {
    throw new Error('the cold start read something else than was written')
  }
  const { $encryption } = reader.prisma
  const asked = $encryption.stats().kmsCalls
  // Whether rows are to be rewrapped is looked up afterwards, in the background.
  await $encryption.idle()
  const askedInAll = $encryption.stats().kmsCalls
  await reader.plain.$disconnect()
  await database.close()
  return [
    ['KMS calls before it answers', listed(asked)],
    ['KMS calls, those in the background after it included', listed(askedInAll)],
    ['calls to Decrypt in flight at once, at most (bound: 64)', String(slow.peak())],
    [`time, with ${KMS_MS} ms for each call`, `${milliseconds(wallMs)} ms`],
    ['what these would wait one after another', `${TENANTS * KMS_MS} ms`],
  ]
}

function listed(calls: Readonly<Record<string, number>>): string {
  const made = Object.entries(calls).filter(([, count]) => count > 0)
  return made.map(([operation, count]) => `${count} ${operation}`).join(', ')
}

/** A provider at a distance, which counts the calls to `Decrypt` that are under way. */
function watched(provider: KmsProvider) {
  let now = 0
  let most = 0
  const unwrapDataKey: KmsProvider['unwrapDataKey'] = async (request) => {
    now += 1
    most = Math.max(most, now)
    try {
      await sleep(KMS_MS)
      return await provider.unwrapDataKey(request)
    } finally {
      now -= 1
    }
  }
  const describeKey: KmsProvider['describeKey'] = async (request) => {
    await sleep(KMS_MS)
    return provider.describeKey(request)
  }
  return { provider: { ...provider, unwrapDataKey, describeKey }, peak: () => most }
}
