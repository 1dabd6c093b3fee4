import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DiagnosticEvent } from '../../src/index.js'
import { anotherClient, arnOf } from '../support/rotation.js'
import { openStage } from '../support/stage.js'

const stage = await openStage()
const { acme, kms, database, prisma } = stage
const CHANNELS = ['kms-call', 'data-key-cache', 'refusal', 'rewrap'] as const

const events: DiagnosticEvent[] = []
const note = (message: unknown): void => void events.push(message as DiagnosticEvent)
const of = <T extends DiagnosticEvent['type']>(type: T) =>
  events.filter((event): event is Extract<DiagnosticEvent, { type: T }> => event.type === type)

beforeEach(() => {
  events.length = 0
  for (const type of CHANNELS) subscribe(`prisma-envelope:${type}`, note)
})
afterEach(() => {
  for (const type of CHANNELS) unsubscribe(`prisma-envelope:${type}`, note)
})

const MARK = 'secret-mark'
const data = () => ({ email: `${MARK}@example.com`, ssn: `${MARK}-1`, notes: { [MARK]: MARK } })
const cold = () => anotherClient(stage, 'alias/tenant/acme')

describe('observers are notified', () => {
  test('of each KMS call: operation, CMK, tenant and duration', async () => {
    const at = cold()
    const { id } = await at.acme.patient.create({ data: data() })
    at.prisma.$encryption.evict('acme')
    await at.acme.patient.findUniqueOrThrow({ where: { id } })
    const calls = of('kms-call')
    expect(calls.map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(['GenerateDataKey', 'GenerateMac', 'Decrypt']),
    )
    const [generated] = calls.filter(({ operation }) => operation === 'GenerateDataKey')
    expect(generated).toEqual({
      type: 'kms-call',
      operation: 'GenerateDataKey',
      cmk: 'alias/tenant/acme',
      tenant: 'acme',
      duration: expect.any(Number),
      outcome: 'answered',
      code: undefined,
    })
    expect(generated?.duration).toBeGreaterThanOrEqual(0)
    await at.close()
  })

  test('of a KMS call that failed, with its code, and of the refusal that it leads to', async () => {
    const key = await arnOf(stage, 'alias/tenant/acme')
    await kms.client.send(new DisableKeyCommand({ KeyId: key }))
    const at = cold()
    await expect(at.acme.patient.create({ data: data() })).rejects.toMatchObject({
      code: 'ENVELOPE_KMS_DISABLED',
    })
    await kms.client.send(new EnableKeyCommand({ KeyId: key }))
    expect(of('kms-call').map(({ outcome, code }) => [outcome, code])).toContainEqual([
      'failed',
      'ENVELOPE_KMS_DISABLED',
    ])
    expect(of('refusal')).toEqual([
      {
        type: 'refusal',
        code: 'ENVELOPE_KMS_DISABLED',
        operation: 'create',
        model: 'Patient',
        field: expect.any(String),
        tenant: 'acme',
      },
    ])
    await at.close()
  })

  test('of a value that does not open, also where KMS has to be asked for its key first', async () => {
    const { id } = await acme.patient.create({ data: data() })
    const { id: other } = await acme.patient.create({ data: data() })
    await database.execute(
      'UPDATE patients SET ssn = (SELECT email_sealed FROM (SELECT * FROM patients) p WHERE p.id = ?) WHERE id = ?',
      [other, id],
    )
    const at = cold()
    for (let i = 0; i < 2; i++) {
      await expect(at.acme.patient.findUniqueOrThrow({ where: { id } })).rejects.toThrow()
    }
    expect(of('refusal').map(({ operation, model, field }) => [operation, model, field])).toEqual([
      ['findUniqueOrThrow', 'Patient', 'ssn'],
      ['findUniqueOrThrow', 'Patient', 'ssn'],
    ])
    await at.close()
  })

  test('of hits and misses of the data-key cache', async () => {
    const { id } = await acme.patient.create({ data: data() })
    const at = cold()
    events.length = 0
    await at.acme.patient.findUniqueOrThrow({ where: { id } })
    await at.acme.patient.findUniqueOrThrow({ where: { id } })
    expect(of('data-key-cache')).toEqual([
      { type: 'data-key-cache', outcome: 'miss', tenant: 'acme' },
      { type: 'data-key-cache', outcome: 'hit', tenant: 'acme' },
    ])
    await at.close()
  })

  test('of what is refused before any SQL, without what the caller wrote', async () => {
    await expect(acme.patient.findMany({ where: { ssn: MARK } as never })).rejects.toThrow()
    await expect(acme.patient.findMany({ where: { [MARK]: 1 } as never })).rejects.toThrow()
    expect(of('refusal').map(({ code, model, operation }) => [code, model, operation])).toEqual([
      ['ENVELOPE_FILTER_UNSUPPORTED', 'Patient', 'findMany'],
      [expect.stringMatching(/^ENVELOPE_/), 'Patient', 'findMany'],
    ])
    expect(JSON.stringify(events)).not.toContain(MARK)
  })

  test('of no failure that is Prisma’s own', async () => {
    await expect(acme.patient.findUniqueOrThrow({ where: { id: 'nobody' } })).rejects.toMatchObject({ code: 'P2025' })
    expect(of('refusal')).toEqual([])
  })

  test('of rewraps, as onEvent is, which hears of nothing else', async () => {
    const { id } = await acme.patient.create({ data: data() })
    const { arn } = await kms.createKey({ alias: 'alias/tenant/acme-observed' })
    const at = anotherClient(stage, { current: arn, previous: ['alias/tenant/acme'] })
    await at.acme.patient.findUniqueOrThrow({ where: { id } })
    await at.idle()
    expect(at.events).toEqual([
      { type: 'rewrap', outcome: 'rewrapped', model: 'Patient', table: 'patients', tenant: 'acme' },
    ])
    // Other clients of the process are on the same channel.
    expect(of('rewrap')).toEqual(expect.arrayContaining(at.events))
    await at.close()
  })
})

test('no event of a busy run holds a plaintext, a key or a ciphertext', async () => {
  const given: string[] = []
  const remember = (bytes: Uint8Array) => {
    const buffer = Buffer.from(bytes)
    given.push(buffer.toString('hex'), buffer.toString('base64').slice(0, 42), buffer.toString('latin1'))
  }
  const generate = kms.provider.generateDataKey
  kms.provider.generateDataKey = async (request) => {
    const answer = await generate(request)
    remember(answer.plaintext)
    remember(answer.wrapped.blob)
    return answer
  }
  const at = cold()
  for (let i = 0; i < 5; i++) {
    const { id } = await at.acme.patient.create({ data: { ...data(), visits: { create: [{ reason: MARK }] } } })
    await at.acme.patient.update({ where: { id }, data: data() })
    at.prisma.$encryption.evict('acme')
    await at.acme.patient.findMany({ where: { id }, include: { visits: true } })
    await at.acme.patient.findMany({ where: { ssn: { contains: MARK } } as never }).catch(() => {})
    await at.acme.patient.create({ data: { ssn: 1, [MARK]: MARK } as never }).catch(() => {})
    await prisma.$forTenant(`other-${i}`).patient.findUnique({ where: { id } })
  }
  await database.execute("UPDATE patients SET ssn = 'not an envelope' WHERE ssn IS NOT NULL")
  await at.acme.patient.findMany().catch(() => {})
  kms.provider.generateDataKey = generate
  await at.close()
  expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThanOrEqual(3)
  const [row] = await database.query('SELECT email_sealed AS value FROM patients WHERE email_sealed IS NOT NULL')
  const shown = JSON.stringify(events)
  for (const secret of [MARK, 'not an envelope', String(row?.value).slice(0, 40), 'pe1:', ...given]) {
    expect(shown.includes(secret), secret.slice(0, 12)).toBe(false)
  }
  for (const event of events) expect(Object.isFrozen(event)).toBe(true)
})
