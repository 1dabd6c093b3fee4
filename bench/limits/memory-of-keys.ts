/** `memory-of-keys.ts accelerator|node:crypto seal|open|one-tenant COUNT`: prints {@link KeyMemory}. */
import { PrismaPg } from '@prisma/adapter-pg'
import { memoryInUse } from '../memory.js'
import { hasLoadedAccelerator, loadLibrary } from '../subjects/library.js'
import { type Extended, extended, tenants } from './setup.js'
import { standInKms } from './stand-in-kms.js'

/** Bytes for each key. */
export interface KeyMemory {
  /** JavaScript's objects, and buffers outside of its heap. */
  readonly reachable: number
  /** Physical memory of the process: what the accelerator allocates, too. */
  readonly resident: number
  /** Why there is nothing to measure. */
  readonly missing?: string
}

const REHEARSAL = 500

const [implementation, use, count] = process.argv.slice(2)
const native = implementation === 'accelerator'
console.log(JSON.stringify(await measure(Number(count))))

async function measure(keys: number): Promise<KeyMemory> {
  const copy = `memory-${native ? 'native' : 'node'}`
  const library = await loadLibrary(copy, { native }).catch(() => undefined)
  if (library === undefined) return { reachable: 0, resident: 0, missing: 'does not build here' }
  const kms = standInKms()
  // Never connected to: nothing here goes to a database.
  const adapter = new PrismaPg({ connectionString: 'postgresql://127.0.0.1:1/none' })
  const client = () => extended(library, kms, adapter, { store: 'inline', maxCached: keys }).prisma

  // So that code is compiled before anything is measured.
  const rehearsed = client()
  for (const tenant of tenants(REHEARSAL)) await open(rehearsed, tenant, await seal(rehearsed, tenant))
  rehearsed.$encryption.close()
  if (native && !hasLoadedAccelerator(copy)) return { reachable: 0, resident: 0, missing: 'does not load here' }

  const work = use === 'seal' ? sealing(keys) : await opening(client(), keys, use === 'one-tenant')
  const measured = client()
  const before = await memoryInUse()
  await work(measured)
  const after = await memoryInUse()
  const { cached } = measured.$encryption.stats()
  if (cached !== keys) throw new Error(`${cached} keys are cached, not ${keys}`)
  return {
    reachable: (after.reachable - before.reachable) / keys,
    resident: (after.resident - before.resident) / keys,
  }
}

function sealing(keys: number) {
  const names = tenants(keys)
  return async (prisma: Extended) => {
    for (const tenant of names) await seal(prisma, tenant)
  }
}

/** Values that another client sealed, which is gone. */
async function opening(writer: Extended, keys: number, oneTenants: boolean) {
  const values: [tenant: string, stored: string][] = []
  for (const each of tenants(keys)) {
    const tenant = oneTenants ? 'tenant' : each
    values.push([tenant, await seal(writer, tenant)])
    // The next value is sealed under another key.
    if (oneTenants) writer.$encryption.evict(tenant)
  }
  writer.$encryption.close()
  return async (prisma: Extended) => {
    for (const [tenant, stored] of values) await open(prisma, tenant, stored)
  }
}

async function seal(prisma: Extended, tenant: string): Promise<string> {
  return String(await prisma.$encryption.seal('Intake', 'ssn', 'x', { tenant }))
}

async function open(prisma: Extended, tenant: string, stored: string): Promise<void> {
  await prisma.$encryption.open('Intake', 'ssn', stored, { tenant })
}
