import { isDeepStrictEqual } from 'node:util'
import { readCustomers } from '../customers.js'
import { end, type Step } from '../demo.js'
import { callsDuring } from '../kms-calls.js'
import { call, claim, print, say, shortened, table } from '../terminal.js'

export const readTheSameRow: Step = {
  title: 'The same row, by plain SQL and through the client',
  why:
    'Whoever reads the database, a backup or a replica sees ciphertext. The application sees its values, with the types ' +
    'that Prisma gives them.',

  async run({ kms, prisma, newProcess }) {
    const [raw] = await prisma.$queryRaw<Record<string, unknown>[]>`
      SELECT * FROM Customer
      WHERE tenantId = 'acme' AND phone IS NOT NULL AND nationalId IS NOT NULL AND json_valid(notes)
      ORDER BY id LIMIT 1`
    if (raw === undefined) throw new Error('no customer has a phone, a national id and notes')
    const id = Number(raw.id)

    call(`SELECT * FROM Customer WHERE id = ${id}`)
    call(`await acme.customer.findUnique({ where: { id: ${id} } })`)
    const acme = prisma.$forTenant('acme')
    const customer = await acme.customer.findUniqueOrThrow({ where: { id } })
    const { createdAt: _, ...shown } = customer
    table([
      ['column', 'plain SQL', "acme's client"],
      ...Object.entries(shown).map(([column, value]) => [column, shortened(textOf(raw[column])), textOf(value)]),
    ])
    claim(
      String(raw.email).startsWith('pe1:') && customer.email.includes('@'),
      'Each value is an envelope: which data key opens it, that key wrapped by KMS, and the ciphertext. Those of one ' +
        'data key begin alike; the ciphertexts do not (docs/format.md). The last four columns are for searching: steps 7 and 8.',
    )
    claim(
      kms.calls.count() === 0,
      'No call to KMS: the data key is still in memory, for ten minutes unless you say otherwise.',
    )

    print()
    say('A process that has just started, with no key in memory, reads the whole table:')
    call('await prisma.customer.findMany()')
    const fresh = newProcess()
    let same = 0
    const calls = await callsDuring(kms, async () => {
      same = sameAsInTheFile(await fresh.customer.findMany({ orderBy: { id: 'asc' } }))
    })
    await end(fresh)
    claim(
      calls === 3 && kms.calls.count('Decrypt') === 3,
      `${same} rows of three tenants, for ${calls} calls to KMS: each data key is unwrapped once.`,
    )
    claim(same === 540, 'Every value is what customers.csv says.')
  },
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** How many of the rows hold just what the file says, in its order. */
function sameAsInTheFile(rows: readonly Record<string, unknown>[]): number {
  const written = [...readCustomers()].flatMap(([tenantId, customers]) =>
    customers.map((customer): Record<string, unknown> => ({ tenantId, notes: null, ...customer })),
  )
  return rows.filter((row, i) => isDeepStrictEqual({ ...row, ...written[i] }, row)).length
}
