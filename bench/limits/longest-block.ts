import type { SuiteName } from '../../src/envelope/suites/suite.js'
import type { Server } from '../database.js'
import type { PrismaClient } from '../generated/prisma/client.js'
import { milliseconds, table } from '../report/table.js'
import { patients, ROWS, TENANT } from '../rows.js'
import { quantile } from '../statistics.js'
import { loadLibrary } from '../subjects/library.js'
import { extended, oneCmk } from './setup.js'

const READ = 50_000
const REPEATS = 5
const variants: readonly { name: string; suite: SuiteName; native: boolean }[] = [
  { name: 'aes-256-gcm, accelerator', suite: 'aes-256-gcm', native: true },
  { name: 'xchacha20-poly1305', suite: 'xchacha20-poly1305', native: false },
  { name: 'aes-256-gcm, node:crypto', suite: 'aes-256-gcm', native: false },
]

/**
 * How long nothing else runs while a long result is opened, garbage collection included: from when Prisma has read it until it
 * is opened. What Prisma does with it before and after takes as long without encryption.
 */
export async function longestBlock(server: Server): Promise<string> {
  const rows: string[][] = []
  for (const variant of variants) rows.push([variant.name, ...(await measured(server, variant))])
  return table([`findMany ${READ} x 2: opening, median of ${REPEATS}`, 'longest block', 'altogether'], rows)
}

async function measured(server: Server, { name, suite, native }: (typeof variants)[number]): Promise<string[]> {
  const library = await loadLibrary(`block ${name}`, { native })
  const kms = await oneCmk(library)
  const database = await server.open('longest block')
  let watch = watchLoop()
  let seen = watch()
  // The one around encryption gets the result once it is opened, the other one as Prisma has read it.
  const around = (client: PrismaClient) =>
    client.$extends({
      query: {
        async $allOperations({ args, query }) {
          const result = await query(args)
          seen = watch()
          return result
        },
      },
    }) as unknown as PrismaClient
  const { plain, prisma } = extended(library, kms.provider, database.adapter(), { store: 'table' }, suite, around)
  for (let turn = 0; turn < READ / ROWS; turn++) await prisma.intake.createMany({ data: patients(turn) })
  const client = prisma.$extends({
    query: {
      async $allOperations({ args, query }) {
        const result = await query(args)
        watch = watchLoop()
        return result
      },
    },
  })
  const blocks: number[] = []
  const times: number[] = []
  for (let i = 0; i < REPEATS; i++) {
    const read = await client.intake.findMany({ where: { tenantId: TENANT }, select: { email: true, ssn: true } })
    if (read.length !== READ) throw new Error('not all rows were read')
    blocks.push(seen.longest)
    times.push(seen.altogether)
  }
  await plain.$disconnect()
  await database.close()
  return [blocks, times].map((each) => `${milliseconds(quantile(each, 0.5))} ms`)
}

/** Measures how long the event loop is kept at a time, until the function that it returns is called. */
function watchLoop() {
  const start = performance.now()
  let last = start
  let longest = 0
  let done = false
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (!done) setImmediate(look)
  }
  setImmediate(look)
  return () => {
    done = true
    look()
    return { longest, altogether: last - start }
  }
}
