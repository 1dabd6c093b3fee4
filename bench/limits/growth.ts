/** `growth.ts [OPERATIONS]`: prints a table. */
import { PrismaPg } from '@prisma/adapter-pg'
import { memoryInUse } from '../memory.js'
import { table } from '../report/table.js'
import { loadLibrary } from '../subjects/library.js'
import { extended } from './setup.js'
import { standInKms } from './stand-in-kms.js'

const SAMPLES = 10
const MEGABYTE = 2 ** 20

console.log(await growth(Number(process.argv[2] ?? 10_000_000)))

/** Seals and opens values one by one, and looks at the memory ten times on the way. */
async function growth(operations: number): Promise<string> {
  const library = await loadLibrary('growth', { native: false })
  // Never connected to: nothing here goes to a database.
  const adapter = new PrismaPg({ connectionString: 'postgresql://127.0.0.1:1/none' })
  const { $encryption } = extended(library, standInKms(), adapter, { store: 'inline' }).prisma
  const place = { tenant: 'acme' }
  const rows: string[][] = []
  for (let sample = 1; sample <= SAMPLES; sample++) {
    for (let i = 0; i < operations / SAMPLES / 2; i++) {
      const text = `value ${i}`
      const stored = await $encryption.seal('Intake', 'ssn', text, place)
      if ((await $encryption.open('Intake', 'ssn', stored, place)) !== text) throw new Error('another text was opened')
    }
    const { reachable, resident } = await memoryInUse()
    const done = $encryption.stats().sealed + $encryption.stats().opened
    rows.push([done.toLocaleString('en'), (reachable / MEGABYTE).toFixed(1), (resident / MEGABYTE).toFixed(0)])
  }
  return table(['values sealed or opened', 'objects and buffers, MiB', 'physical memory, MiB'], rows)
}
