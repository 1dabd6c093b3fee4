import { beforeEach, describe, expect, test } from 'vitest'
import { parseEnvelope } from '../../src/envelope/index.js'
import type { EnvelopeError } from '../../src/errors.js'
import { Prisma } from '../support/client.js'
import { binaryOf, openStage, refusal, textOf } from '../support/stage.js'

const { acme, countRows, database, kms, plant, prisma, stored } = await openStage()

const SSN = '078-05-1120'
let id = ''
let envelope: Buffer = Buffer.of()
beforeEach(async () => {
  await database.execute('DELETE FROM patients')
  const data = { email: 'ann@example.com', ssn: SSN, notes: { note: SSN }, photo: Buffer.from(SSN) }
  id = (await acme.patient.create({ data })).id
  envelope = binaryOf(await stored('patients', 'ssn', id))
})

/** Every way to read the row ends with this typed error, which names the place and shows no value. */
async function expectDamaged(code: string | RegExp, field = 'ssn'): Promise<EnvelopeError> {
  prisma.$encryption.evict('acme')
  const error = await refusal(prisma.patient.findUnique({ where: { id } }))
  expect(error.code).toMatch(code)
  expect(error).toMatchObject({ model: 'Patient', field, tenant: 'acme' })
  expect(error.message).toContain(`Patient.${field}`)
  expect(error.message).not.toContain(SSN)
  // A key that is in memory is not unwrapped again, so damage to the wrapped key alone shows with cold keys only.
  prisma.$encryption.evict('acme')
  expect((await refusal(acme.patient.findMany({ include: { visits: true } }))).code).toBe(error.code)
  // What is not selected does no harm.
  expect(await prisma.patient.findUnique({ where: { id }, select: { age: true } })).toEqual({ age: 0 })
  return error
}

function flipped(bytes: Buffer, at: number, bit = 0): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << bit), at)
  return copy
}

describe('a stored text value', () => {
  test.each([
    ['plain text', () => SSN, 'ENVELOPE_NOT_AN_ENVELOPE'],
    ['nothing', () => '', 'ENVELOPE_NOT_AN_ENVELOPE'],
    ['the prefix alone', () => 'pe1:', 'ENVELOPE_MALFORMED'],
    ['the prefix in capitals', () => textOf(envelope).replace('pe1:', 'PE1:'), 'ENVELOPE_NOT_AN_ENVELOPE'],
    ['the next version', () => textOf(envelope).replace('pe1:', 'pe2:'), 'ENVELOPE_UNKNOWN_VERSION'],
    ['what is no base64', () => 'pe1:????', 'ENVELOPE_MALFORMED'],
    ['base64 without padding', () => unpadded(envelope), 'ENVELOPE_MALFORMED'],
    ['base64 of the URL alphabet', () => urlAlphabet(envelope), 'ENVELOPE_MALFORMED'],
    [
      'base64 with a line break',
      () => `${textOf(envelope).slice(0, 80)}\n${textOf(envelope).slice(80)}`,
      'ENVELOPE_MALFORMED',
    ],
    ['a space behind it', () => `${textOf(envelope)} `, 'ENVELOPE_MALFORMED'],
    ['stray bits at its end', () => strayBits(envelope), 'ENVELOPE_MALFORMED'],
    ['a shortened tag', () => textOf(envelope.subarray(0, -4)), 'ENVELOPE_AUTHENTICATION_FAILED'],
    ['a tag with a byte more', () => textOf(Buffer.concat([envelope, Buffer.of(0)])), 'ENVELOPE_AUTHENTICATION_FAILED'],
    ['no tag', () => textOf(envelope.subarray(0, -16 - SSN.length)), 'ENVELOPE_MALFORMED'],
    ['its head alone', () => textOf(envelope.subarray(0, 18)), 'ENVELOPE_MALFORMED'],
    ['an unknown version in the head', () => textOf(flipped(envelope, 0, 5)), 'ENVELOPE_UNKNOWN_VERSION'],
    ['an unknown suite', () => textOf(flipped(envelope, 0, 3)), 'ENVELOPE_UNKNOWN_SUITE'],
    ['an unknown flag', () => textOf(flipped(envelope, 1, 7)), 'ENVELOPE_UNKNOWN_FLAGS'],
    ['no flags', () => textOf(flipped(envelope, 1, 0)), 'ENVELOPE_DATA_KEY_NOT_FOUND'],
    [
      'a KMS blob of no length',
      () => textOf(Buffer.concat([envelope.subarray(0, 30), Buffer.of(0, 0), envelope.subarray(32)])),
      'ENVELOPE_MALFORMED',
    ],
  ])('replaced by %s is refused', async (_what, damage, code) => {
    const value = damage()
    expect(value).not.toBe(textOf(envelope))
    await plant('patients', 'ssn', id, value)
    await expectDamaged(code)
  })
})

/** Where the wrap tag names the key material: advisory, and authenticated by nothing. */
const MATERIAL_AT = 24

describe('a flipped bit', () => {
  test('in any byte of the envelope is noticed, with cold keys, but for the key material in the wrap tag', async () => {
    for (let at = 0; at < envelope.length; at++) {
      if (MATERIAL_AT <= at && at < MATERIAL_AT + 6) continue
      prisma.$encryption.evict('acme')
      const damaged = textOf(flipped(envelope, at, at % 8))
      const error = await refusal(prisma.$encryption.open('Patient', 'ssn', damaged, { tenant: 'acme' }))
      expect(error.message, `byte ${at}`).not.toContain(SSN)
    }
  })

  test('in each region fails with the code that says what is wrong', async () => {
    const { nonce, sealed } = parseEnvelope(envelope)
    const nonceAt = nonce.byteOffset - envelope.byteOffset
    const sealedAt = sealed.byteOffset - envelope.byteOffset
    for (const [at, code] of [
      [2, /DATA_KEY_MISMATCH/],
      [17, /DATA_KEY_MISMATCH/],
      [31, /MALFORMED|AUTHENTICATION/],
      [nonceAt, /AUTHENTICATION_FAILED/],
      [sealedAt, /AUTHENTICATION_FAILED/],
      [envelope.length - 1, /AUTHENTICATION_FAILED/],
    ] as const) {
      await plant('patients', 'ssn', id, textOf(flipped(envelope, at)))
      await expectDamaged(code)
    }
  })

  test('in the wrapped key alone is noticed if nothing else provides the key; beside an intact value it opens', async () => {
    const { nonce } = parseEnvelope(envelope)
    await plant('patients', 'ssn', id, textOf(flipped(envelope, nonce.byteOffset - envelope.byteOffset - 5)))
    const select = { ssn: true }
    prisma.$encryption.evict('acme')
    const error = await refusal(prisma.patient.findUnique({ where: { id }, select }))
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_INVALID_CIPHERTEXT', model: 'Patient', field: 'ssn' })
    for (const email of [true, false]) {
      // The same data key, proven by the e-mail address's wrapped key; then warm.
      const row = await prisma.patient.findUnique({ where: { id }, select: { ...select, email } })
      expect(row).toMatchObject({ ssn: SSN })
    }
  })

  test('in the head, nonce, ciphertext or tag is noticed with warm keys too', async () => {
    const { nonce } = parseEnvelope(envelope)
    for (let at = nonce.byteOffset - envelope.byteOffset; at < envelope.length; at++) {
      const damaged = textOf(flipped(envelope, at, 3))
      const error = await refusal(acme.$encryption.open('Patient', 'ssn', damaged))
      expect(error.code, `byte ${at}`).toBe('ENVELOPE_AUTHENTICATION_FAILED')
    }
  })
})

test('a truncation at any length is noticed', async () => {
  for (let length = 0; length < envelope.length; length += 7) {
    await refusal(acme.$encryption.open('Patient', 'ssn', textOf(envelope.subarray(0, length))))
  }
})

describe('a stored Bytes value', () => {
  test.each([
    ['plain bytes', () => Buffer.from(SSN)],
    ['nothing', () => Buffer.of()],
    ['a truncated envelope', (whole: Buffer) => whole.subarray(0, -1)],
    ['a flipped bit', (whole: Buffer) => flipped(whole, whole.length - 20)],
    ['the text form', (whole: Buffer) => Buffer.from(textOf(whole))],
  ])('replaced by %s is refused', async (_what, damage) => {
    const whole = binaryOf(await stored('patients', 'photo_sealed', id))
    await plant('patients', 'photo_sealed', id, new Uint8Array(damage(whole)))
    await expectDamaged(/MALFORMED|UNKNOWN_VERSION|AUTHENTICATION_FAILED|UNKNOWN_SUITE|UNKNOWN_FLAGS/, 'photo')
  })
})

describe('a stored Json value', () => {
  test.each([
    ['a document', { note: SSN }],
    ['a string', SSN],
    ['a number', 7],
    ['JSON null', Prisma.JsonNull],
    ['an array', ['pe1:AAAA']],
  ])('replaced by %s is refused', async (_what, notes) => {
    const value = notes === Prisma.JsonNull ? 'null' : JSON.stringify(notes)
    await plant('patients', 'notes', id, value)
    if (value === 'null') {
      // Prisma gives SQL NULL and JSON null as the same null, so this one looks like no value: data, but none of ours.
      expect(await prisma.patient.findUnique({ where: { id }, select: { notes: true } })).toEqual({ notes: null })
      return
    }
    await expectDamaged('ENVELOPE_NOT_AN_ENVELOPE', 'notes')
  })
})

test('one damaged row among good ones fails the call and says where, and the others can still be read', async () => {
  const others = [
    { id: 'b', email: 'b' },
    { id: 'c', email: 'c' },
  ]
  await acme.patient.createMany({ data: others })
  await plant('patients', 'email_sealed', id, 'plain')
  const error = await refusal(acme.patient.findMany({ orderBy: { createdAt: 'asc' } }))
  expect(error).toMatchObject({ code: 'ENVELOPE_NOT_AN_ENVELOPE', model: 'Patient', field: 'email', tenant: 'acme' })
  const ids = others.map((row) => row.id)
  const rest = await acme.patient.findMany({ where: { id: { in: ids } }, select: { email: true } })
  expect(rest.map((row) => row.email).sort()).toEqual(['b', 'c'])
})

test('a damaged row that is nested is named by its own model', async () => {
  await acme.visit.create({ data: { patient: { connect: { id } }, reason: 'flu' } })
  await database.execute(`UPDATE visits SET reason = 'pe1:AAAA'`)
  expect(
    await refusal(
      prisma.tag.create({
        data: { name: 't', patients: { connect: { id } } },
        include: { patients: { include: { visits: true } } },
      }),
    ),
  ).toMatchObject({
    code: 'ENVELOPE_MALFORMED',
    model: 'Visit',
    field: 'reason',
  })
  await database.execute('DELETE FROM visits')
})

test('a write that returns a damaged column fails, inside a transaction with nothing written', async () => {
  await plant('patients', 'ssn', id, 'plain')
  const call = prisma.$transaction(async (tx) => {
    await tx.patient.create({ data: { tenantId: 'acme', email: 'new' } })
    await tx.patient.update({ where: { id, tenantId: 'acme' }, data: { email: 'changed' } })
  })
  expect(await refusal(call)).toMatchObject({ code: 'ENVELOPE_NOT_AN_ENVELOPE', field: 'ssn' })
  expect(await countRows('patients')).toBe(1)
  expect(await prisma.patient.findUnique({ where: { id }, select: { email: true } })).toEqual({
    email: 'ann@example.com',
  })
})

test('a value that is not an envelope never reaches KMS', async () => {
  await plant('patients', 'ssn', id, textOf(flipped(envelope, 0, 5)))
  prisma.$encryption.evict('acme')
  kms.calls.reset()
  await refusal(prisma.patient.findUnique({ where: { id }, select: { ssn: true } }))
  expect(kms.calls.count()).toBe(0)
})

function unpadded(bytes: Buffer): string {
  // Of a length that needs padding, whatever the envelope's is.
  const text = textOf(bytes)
  return text.endsWith('=') ? text.replace(/=+$/, '') : `${text}=`
}

function urlAlphabet(bytes: Buffer): string {
  const text = `pe1:${bytes.toString('base64url')}`
  return text.includes('-') || text.includes('_') ? text : text.replace('A', '-')
}

function strayBits(bytes: Buffer): string {
  const text = textOf(bytes)
  const last = text.replace(/=+$/, '').length - 1
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const value = alphabet.indexOf(text.charAt(last))
  // Where there is no padding, all bits count, and a character more is what is wrong.
  return text.endsWith('=') ? text.slice(0, last) + alphabet.charAt(value ^ 1) + text.slice(last + 1) : `${text}A`
}
