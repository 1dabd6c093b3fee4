import { PrismaPg } from '@prisma/adapter-pg'
import { memoryInUse } from '../memory.js'
import { table } from '../report/table.js'
import { loadLibrary } from '../subjects/library.js'
import { type Extended, extended, tenants } from './setup.js'
import { standInKms } from './stand-in-kms.js'

const KEYS = 10_000

/**
 * What a data key takes in memory: the difference that 10,000 of them make, each of a tenant of its own, divided by their
 * number, and the cache's own tables with them. JavaScript's objects and buffers after full collections, and the physical
 * memory of the process, which is all that shows what the accelerator allocates, and not exact.
 */
export async function memoryPerKey(): Promise<string> {
  const rows: string[][] = []
  for (const native of [true, false]) {
    const name = native ? 'accelerator' : 'node:crypto'
    try {
      const { sealing, opening } = await measure(name, native)
      rows.push([`${name}: keys that seal (and open)`, ...sealing], [`${name}: keys that only open`, ...opening])
    } catch (error) {
      if (!native) throw error
      rows.push([`${name}: does not build here`, '-', '-'])
    }
  }
  return table([`bytes per cached key, of ${KEYS}`, 'objects and buffers', 'physical memory'], rows)
}

async function measure(name: string, native: boolean) {
  const library = await loadLibrary(`memory-${name.replace(':', '-')}`, { native })
  const kms = standInKms()
  // Never connected to: nothing here goes to a database.
  const client = () =>
    extended(library, kms, new PrismaPg({ connectionString: 'postgresql://127.0.0.1:1/none' }), KEYS).prisma
  const names = tenants(KEYS)

  // A rehearsal, too: code is compiled before anything is measured.
  const writer = client()
  const stored: string[] = []
  for (const tenant of names) stored.push(await seal(writer, tenant))
  writer.$encryption.close()

  const sealing = await difference(client, async (prisma) => {
    for (const tenant of names) await seal(prisma, tenant)
  })
  const opening = await difference(client, async (prisma) => {
    for (const [i, tenant] of names.entries())
      await prisma.$encryption.open('Intake', 'ssn', stored[i] ?? '', { tenant })
  })
  return { sealing, opening }
}

async function difference(client: () => Extended, fill: (prisma: Extended) => Promise<void>): Promise<string[]> {
  const before = await memoryInUse()
  const prisma = client()
  await fill(prisma)
  const after = await memoryInUse()
  const { cached } = prisma.$encryption.stats()
  if (cached !== KEYS) throw new Error(`${cached} keys are cached, not ${KEYS}`)
  prisma.$encryption.close()
  return [after.reachable - before.reachable, after.resident - before.resident].map((bytes) =>
    (bytes / KEYS).toFixed(0),
  )
}

async function seal(prisma: Extended, tenant: string): Promise<string> {
  return String(await prisma.$encryption.seal('Intake', 'ssn', 'x', { tenant }))
}
