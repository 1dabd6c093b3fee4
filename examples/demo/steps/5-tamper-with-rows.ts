import type { EnvelopeErrorCode } from 'prisma-envelope'
import type { DemoClient } from '../client.js'
import { type Demo, end, type Step } from '../demo.js'
import { callsDuring } from '../kms-calls.js'
import { call, claim, print, refused } from '../terminal.js'

export const tamperWithRows: Step = {
  title: 'Somebody with write access to the database tampers with rows',
  why:
    'Tenant, model and field are authenticated with every value, so a ciphertext opens only where it was written. Each ' +
    'row below is read by a process that has just started, with no key in memory: whatever it needs, it asks KMS for.',

  async run(demo) {
    const { prisma } = demo
    const columns = { select: { id: true, nationalId: true }, orderBy: { id: 'asc' } } as const
    const ours = await prisma.customer.findFirstOrThrow({
      where: { tenantId: 'acme', nationalId: { not: null } },
      ...columns,
    })
    const theirs = await prisma.customer.findFirstOrThrow({
      where: { tenantId: 'globex', nationalId: { not: null } },
      ...columns,
    })
    const stored = await storedNationalId(prisma, ours.id)

    call(`UPDATE Customer SET nationalId = (… of row ${theirs.id}, globex) WHERE id = ${ours.id}   -- a row of acme`)
    await plant(prisma, ours.id, await storedNationalId(prisma, theirs.id))
    await shows(demo, ours.id, 'ENVELOPE_TENANT_MISMATCH', 0, "globex's CMK is not even asked for.")

    call(`UPDATE Customer SET nationalId = email WHERE id = ${ours.id}`)
    await prisma.$executeRaw`UPDATE Customer SET nationalId = email WHERE id = ${ours.id}`
    await shows(demo, ours.id, 'ENVELOPE_AUTHENTICATION_FAILED', 1, 'right tenant, right data key, wrong field.')

    call(`UPDATE Customer SET nationalId = (what it was, one bit flipped) WHERE id = ${ours.id}`)
    await plant(prisma, ours.id, withOneBitFlipped(stored))
    await shows(demo, ours.id, 'ENVELOPE_AUTHENTICATION_FAILED', 1, 'one bit of ciphertext is enough.')

    call(`UPDATE Customer SET nationalId = '900-11-2233' WHERE id = ${ours.id}`)
    await plant(prisma, ours.id, '900-11-2233')
    await shows(demo, ours.id, 'ENVELOPE_NOT_AN_ENVELOPE', 0, 'plain text is not taken for data.')

    call(`UPDATE Customer SET nationalId = (what it was) WHERE id = ${ours.id}`)
    await plant(prisma, ours.id, stored)
    const { nationalId } = await prisma.customer.findUniqueOrThrow({ where: { id: ours.id } })
    claim(nationalId === ours.nationalId, `The row reads again: ${nationalId}`)
  },
}

/** Reads a row with cold keys: it must fail with this error, after so many calls to KMS. */
async function shows(
  { kms, newProcess }: Demo,
  id: number,
  code: EnvelopeErrorCode,
  calls: number,
  remark: string,
): Promise<void> {
  const fresh = newProcess()
  const made = await callsDuring(kms, () => refused(code, () => fresh.customer.findUniqueOrThrow({ where: { id } })))
  await end(fresh)
  claim(made === calls, `${made === 0 ? 'No call' : `${made} call`} to KMS: ${remark}`)
  print()
}

async function storedNationalId(prisma: DemoClient, id: number): Promise<string> {
  const [row] = await prisma.$queryRaw<{ nationalId: string }[]>`SELECT nationalId FROM Customer WHERE id = ${id}`
  if (row === undefined) throw new Error(`there is no customer ${id}`)
  return row.nationalId
}

/** Raw SQL goes around encryption, as an attacker would. */
async function plant(prisma: DemoClient, id: number, value: string): Promise<void> {
  await prisma.$executeRaw`UPDATE Customer SET nationalId = ${value} WHERE id = ${id}`
}

/** The envelope's last 16 bytes are the authentication tag; the ciphertext precedes them. */
function withOneBitFlipped(envelope: string): string {
  const bytes = Buffer.from(envelope.slice('pe1:'.length), 'base64')
  const at = bytes.length - 17
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  return `pe1:${bytes.toString('base64')}`
}
