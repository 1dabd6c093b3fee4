import { existsSync, readFileSync } from 'node:fs'
import { type Demo, type Step, shownPath } from '../demo.js'
import { claim, table } from '../terminal.js'

const ENCRYPTED = ['name', 'email', 'phone', 'nationalId', 'birthday', 'address', 'notes'] as const

export const searchTheFile: Step = {
  title: 'Is any of it in the database file?',
  why:
    'Everything that was written is read back through the client, and each value of each encrypted column is looked for ' +
    'in the bytes of the database file, free pages and journals included. As a control, so is a column that is not ' +
    'encrypted.',

  async run({ prisma, files }) {
    const customers = await prisma.customer.findMany()
    const bytes = databaseBytes(files)
    const rows = [['column', 'different values', 'found in the file']]
    let found = 0
    for (const column of ENCRYPTED) {
      const values = new Set(customers.flatMap((customer) => traces(customer[column])))
      const leaked = occurring(bytes, values).size
      found += leaked
      rows.push([column, String(values.size), String(leaked)])
    }
    const plans = new Set(customers.map(({ plan }) => plan))
    const plansFound = occurring(bytes, plans).size
    rows.push(['plan (control)', String(plans.size), String(plansFound)])
    table(rows)
    const size = `${(bytes.length / 1e6).toFixed(1)} MB`
    claim(found === 0, `No value of an encrypted column is in the ${size} of ${shownPath(files.database)}.`)
    claim(plansFound === plans.size, 'The search does find things: every value of the plain column `plan` is there.')
  },
}

/** The database file, with the write-ahead log where there is one. */
function databaseBytes({ database }: Demo['files']): Buffer {
  const files = [database, `${database}-wal`].filter((file) => existsSync(file))
  return Buffer.concat(files.map((file) => readFileSync(file)))
}

/** What would betray a value: a text as it is; of a document, its JSON and the longer texts in it. */
function traces(value: unknown): string[] {
  if (value === null) return []
  if (typeof value === 'string') return [value]
  const inside = Object.values(value as object).filter((part) => typeof part === 'string' && part.length > 5)
  return [JSON.stringify(value), ...inside]
}

/** Which of the values are in the bytes. Goes over them once: by their first four bytes, then in full. */
function occurring(bytes: Buffer, values: ReadonlySet<string>): Set<string> {
  const byStart = new Map<number, Buffer[]>()
  for (const value of values) {
    const needle = Buffer.from(value)
    const start = needle.readUInt32LE(0)
    byStart.set(start, [...(byStart.get(start) ?? []), needle])
  }
  const found = new Set<string>()
  for (let at = 0; at + 4 <= bytes.length; at++) {
    for (const needle of byStart.get(bytes.readUInt32LE(at)) ?? []) {
      if (bytes.subarray(at, at + needle.length).equals(needle)) found.add(needle.toString())
    }
  }
  return found
}
