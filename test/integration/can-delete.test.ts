import { DisableKeyCommand, EnableKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CanDeleteOptions } from '../../src/index.js'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { anotherClient, arnOf, withWrappedKeyOf } from '../support/rotation.js'
import { binaryOf, openStage, refusal, type Stage, textOf } from '../support/stage.js'

const stage = await openStage()
const { acme, database, globex, kms, plain, plant, prisma, stored } = stage

const OLD = 'alias/tenant/acme'
const NEXT = 'alias/tenant/acme-next'
await kms.createKey({ alias: NEXT })
const old = await arnOf(stage, OLD)
const photo = new Uint8Array([1, 2, 3])
const create = async (client: typeof acme, name: string) => {
  const data = { email: `${name}@example.com`, ssn: name, notes: { name }, photo }
  return (await client.patient.create({ data, select: { id: true } })).id
}
const previous = { current: NEXT, previous: [OLD] }
const rotated = (of: object | string = previous, options: object = {}) =>
  anotherClient(stage, (tenant) => (tenant === 'acme' ? of : `alias/tenant/${tenant}`) as string, {
    rewrap: 'off',
    ...options,
  })

type Client = ReturnType<typeof rotated>
const clients: Client[] = []
/** With a client that knows both CMKs of acme's. */
const asked = async (key: string, options?: CanDeleteOptions, client = rotated()) => {
  clients.push(client)
  return client.prisma.$encryption.canDelete(key, options)
}

beforeEach(async () => {
  kms.faults.clear()
  for (const table of ['visits', 'patients']) await database.execute(`DELETE FROM ${table}`)
  for (const tenant of ['acme', 'globex']) prisma.$encryption.evict(tenant)
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
})

describe('$encryption.canDelete', () => {
  test('says no while values are under the key alone, and which; and yes when all are under another one', async () => {
    const id = await create(acme, 'a')
    await create(acme, 'b')
    await create(globex, 'x')
    const report = await asked(old)
    expect(report).toMatchObject({
      key: old,
      canDelete: false,
      finished: true,
      currentOf: 0,
      previousOf: 1,
      tenants: ['acme'],
    })
    expect(report.reasons).toEqual({ UNDER_THIS_KEY: expect.any(Number) })
    const named = report.referring.flatMap(({ references }) => references)
    expect(named.map(({ model, field, values }) => [model, field, values]).sort()).toEqual(
      ['email', 'notes', 'photo', 'ssn'].map((field) => ['Patient', field, 2]),
    )
    expect(report.referring.every(({ dataKey }) => /^[0-9a-f]{32}$/.test(dataKey ?? ''))).toBe(true)
    const at = rotated()
    clients.push(at)
    await at.prisma.$encryption.rewrap({ checkpoint: false })
    expect(await asked(old)).toMatchObject({
      canDelete: true,
      reasons: {},
      referring: [],
      previousOf: 1,
      unreadable: 0,
    })
    // Also where it is configured no more, and by its id.
    expect(await asked(old.split('/')[1] ?? '', {}, rotated(NEXT))).toMatchObject({ canDelete: true, previousOf: 0 })
    // One value is enough.
    const at2 = anotherClient(stage)
    clients.push(at2 as Client)
    await at2.acme.patient.update({ where: { id }, data: { ssn: 'c' }, select: { id: true } })
    const again = await asked(OLD)
    expect(again).toMatchObject({ canDelete: false, key: old, reasons: { UNDER_THIS_KEY: 1 } })
    expect(again.referring[0]?.references).toEqual([{ model: 'Patient', field: 'ssn', values: 1 }])
  })

  test('counts the calls in a dry run, and makes none of them', async () => {
    await create(acme, 'a')
    await create(globex, 'x')
    const at = rotated()
    kms.calls.reset()
    const report = await asked(old, { dryRun: true }, at)
    expect(kms.calls.count('Decrypt')).toBe(0)
    expect(report).toMatchObject({ canDelete: false, finished: false, wrappedKeys: 4, kmsCalls: { least: 4, most: 6 } })
    kms.calls.reset()
    await asked(old, {}, at)
    expect(kms.calls.count('Decrypt')).toBeGreaterThanOrEqual(2)
    expect(kms.calls.count('Decrypt')).toBeLessThanOrEqual(6)
  })

  test('goes by no tag: one that says the other CMK does not help, and one that says this one does no harm', async () => {
    const id = await create(acme, 'a')
    await database.execute('UPDATE patients SET email_sealed = ssn, notes = NULL, photo_sealed = NULL')
    const at = rotated()
    clients.push(at)
    const good = await create(at.acme as typeof acme, 'b')
    const tagged = (value: Buffer, from: Buffer) => {
      from.copy(value, 18, 18, 30)
      return textOf(value)
    }
    const [oldValue, newValue] = [await stored('patients', 'ssn', id), await stored('patients', 'ssn', good)]
    await plant('patients', 'ssn', id, tagged(Buffer.from(binaryOf(oldValue)), binaryOf(newValue)))
    await plant('patients', 'email_sealed', id, tagged(Buffer.from(binaryOf(oldValue)), binaryOf(newValue)))
    expect(await asked(old)).toMatchObject({ canDelete: false, reasons: { UNDER_THIS_KEY: 1 } })
    await database.execute('DELETE FROM patients WHERE id = ?', [id])
    await plant('patients', 'ssn', good, tagged(Buffer.from(binaryOf(newValue)), binaryOf(oldValue)))
    expect(await asked(old)).toMatchObject({ canDelete: true })
  })

  test('says no of a wrapped key that is another data key’s, of damage, and of what it cannot read', async () => {
    const at = rotated()
    clients.push(at)
    const [a, b, c, d] = [
      await create(at.acme as typeof acme, 'a'),
      await create(at.acme as typeof acme, 'b'),
      await create(at.acme as typeof acme, 'c'),
      await create(at.acme as typeof acme, 'd'),
    ]
    const fresh = anotherClient(stage, { current: NEXT, previous: [OLD] }, { rewrap: 'off' })
    clients.push(fresh as Client)
    const other = await create(fresh.acme as typeof acme, 'e')
    expect(await asked(old)).toMatchObject({ canDelete: true })
    await plant(
      'patients',
      'ssn',
      a,
      withWrappedKeyOf(await stored('patients', 'ssn', a), await stored('patients', 'ssn', other)),
    )
    const damaged = Buffer.from(binaryOf(await stored('patients', 'ssn', b)))
    damaged.writeUInt8(damaged.readUInt8(120) ^ 1, 120)
    await plant('patients', 'ssn', b, textOf(damaged))
    const length = Buffer.from(binaryOf(await stored('patients', 'ssn', c)))
    length.writeUInt16BE(7, 30)
    await plant('patients', 'ssn', c, textOf(length))
    await plant('patients', 'ssn', d, 'pe2:of a later release')
    const report = await asked(old)
    expect(report).toMatchObject({
      canDelete: false,
      unreadable: 1,
      reasons: { ENVELOPE_DATA_KEY_MISMATCH: 1, ENVELOPE_KMS_INVALID_CIPHERTEXT: 1, ENVELOPE_MALFORMED: 1 },
    })
  })

  test('says no where the other CMK is disabled, or is to be deleted itself, and where KMS is away', async () => {
    const at = rotated()
    clients.push(at)
    await create(at.acme as typeof acme, 'a')
    await kms.client.send(new DisableKeyCommand({ KeyId: await arnOf(stage, NEXT) }))
    expect(await asked(old)).toMatchObject({ canDelete: false, reasons: { ENVELOPE_KMS_DISABLED: expect.any(Number) } })
    await kms.client.send(new EnableKeyCommand({ KeyId: await arnOf(stage, NEXT) }))
    expect(await asked(old)).toMatchObject({ canDelete: true })
  })

  test('needs nothing of the key itself, which may be disabled', async () => {
    const at = rotated()
    clients.push(at)
    await create(at.acme as typeof acme, 'a')
    await kms.client.send(new DisableKeyCommand({ KeyId: old }))
    try {
      expect(await asked(old)).toMatchObject({ canDelete: true })
    } finally {
      await kms.client.send(new EnableKeyCommand({ KeyId: old }))
    }
  })

  test('says no while it is a tenant’s current CMK, or the HMAC key of an index', async () => {
    expect(await asked(old, { tenants: ['acme'] }, rotated(OLD))).toMatchObject({
      canDelete: false,
      currentOf: 1,
      tenants: ['acme'],
    })
    expect(await asked(old, {}, anotherClient(stage, OLD) as Client)).toMatchObject({
      canDelete: false,
      currentOf: 1,
      tenants: [''],
    })
    const index = await arnOf(stage, 'alias/index')
    expect(await asked(index)).toMatchObject({ canDelete: false, indexKeyOf: 1, reasons: {} })
    expect(await asked('alias/index', { tenants: ['acme'] })).toMatchObject({ canDelete: false, indexKeyOf: 2 })
  })

  test('says no where the configuration does not say what it is', async () => {
    await create(globex, 'x')
    const lost = anotherClient(stage, (tenant) => (tenant === 'acme' ? NEXT : undefined)) as Client
    expect(await asked(old, {}, lost)).toMatchObject({ canDelete: false, reasons: { ENVELOPE_TENANT_UNKNOWN: 2 } })
    const renamed = rotated(previous, { app: 'other' })
    expect(await asked(old, {}, renamed)).toMatchObject({ canDelete: false, reasons: { ENVELOPE_APP_MISMATCH: 2 } })
    const gone = rotated('alias/tenant/gone')
    expect(await asked(old, { tenants: ['acme'] }, gone)).toMatchObject({
      canDelete: false,
      unresolved: { ENVELOPE_KMS_NOT_FOUND: 1 },
    })
  })

  test('goes by the CMK that KMS says it used, where it may not ask which key an alias stands for', async () => {
    await create(acme, 'a')
    const at = rotated({ current: await arnOf(stage, NEXT), previous: [OLD] })
    kms.faults.next({ operation: 'DescribeKey', error: 'AccessDeniedException', times: 1_000 })
    const report = await asked(old, {}, at)
    expect(report).toMatchObject({ canDelete: false, accepted: 0, reasons: { UNDER_THIS_KEY: report.wrappedKeys } })
    kms.faults.clear()
  })

  test('takes replicas of a multi-Region key for one key', async () => {
    const { arn } = await kms.createKey({ alias: 'alias/tenant/mrk', multiRegion: true })
    const at = rotated('alias/tenant/mrk')
    clients.push(at)
    await create(at.acme as typeof acme, 'a')
    const elsewhere = arn.replace(/:kms:[^:]+:/, ':kms:us-east-1:')
    const both = rotated({ current: 'alias/tenant/mrk', previous: [OLD] })
    for (const key of [elsewhere, elsewhere.replace(':us-east-1:', '::'), arn.split('/')[1] ?? '']) {
      expect(await asked(key, {}, both)).toMatchObject({ canDelete: false, currentOf: 1 })
    }
  })

  test('asks again where KMS is throttled, and stops at its signal', async () => {
    const at = rotated()
    clients.push(at)
    await create(at.acme as typeof acme, 'a')
    kms.faults.next({ operation: 'Decrypt', error: 'ThrottlingException', times: 3 })
    expect(await asked(old)).toMatchObject({ canDelete: true })
    const controller = new AbortController()
    controller.abort()
    expect(await asked(old, { signal: controller.signal })).toMatchObject({ canDelete: false, finished: false })
  })

  test.each([
    ['nothing', ''],
    ['a name', 'acme'],
    ['an ARN of something else', 'arn:aws:iam::111122223333:role/admin'],
  ])('refuses %s as a key', async (_what, key) => {
    expect(await refusal(prisma.$encryption.canDelete(key))).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  })

  test('refuses an alias where each tenant has its own KMS, a bound client, and unknown options', async () => {
    const at = rotated(previous, { kms: () => kms.provider })
    expect(await refusal(asked(OLD, {}, at))).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
    expect(await refusal(acme.$encryption.canDelete(old))).toMatchObject({ code: 'ENVELOPE_TENANT_BOUND' })
    expect(await refusal(prisma.$encryption.canDelete(old, { yes: true } as object))).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
    })
  })

  test('pages through many wrapped keys without leaving one out', async () => {
    const at = rotated()
    clients.push(at)
    const id = await create(at.acme as typeof acme, 'a')
    const value = binaryOf(await stored('patients', 'ssn', id))
    // Of other data keys, which KMS refuses: each is counted once.
    const rows = Array.from({ length: 450 }, (_, i) => {
      const bytes = Buffer.from(value)
      bytes.writeUInt16BE(i, 8)
      bytes.writeUInt8(bytes.readUInt8(10) ^ 1, 10)
      return { id: `many-${i}`, tenantId: 'acme', email: textOf(bytes), ssn: textOf(bytes) }
    })
    await plain.patient.createMany({ data: rows })
    const report = await asked(old)
    expect(report.wrappedKeys).toBe(452)
    expect(report.reasons).toEqual({ ENVELOPE_DATA_KEY_MISMATCH: 450 })
    expect(report.accepted).toBe(2)
    const of = report.referring.find(({ references }) => references.length !== 2)
    expect(of).toBeUndefined()
  }, 60_000)
})

describe.runIf(database.provider === 'postgresql')('with row-level security', () => {
  test('says no where rows may be hidden', async () => {
    const at = rotated()
    clients.push(at)
    await create(at.acme as typeof acme, 'a')
    await database.execute('ALTER TABLE patients ENABLE ROW LEVEL SECURITY')
    await database.execute('ALTER TABLE patients FORCE ROW LEVEL SECURITY')
    const isSuper = (await database.query("SELECT current_setting('is_superuser') AS value"))[0]?.value === 'on'
    const report = await asked(old)
    await database.execute('ALTER TABLE patients NO FORCE ROW LEVEL SECURITY')
    await database.execute('ALTER TABLE patients DISABLE ROW LEVEL SECURITY')
    // A superuser sees all rows.
    expect(report).toMatchObject(isSuper ? { canDelete: true, hidden: [] } : { canDelete: false, hidden: ['Patient'] })
  })
})

describe('with a key table', async () => {
  const keys = await openKeysStage()

  test('asks of its rows too, also of those that nothing names; what was erased is in nobody’s way', async () => {
    await keys.kms.createKey({ alias: NEXT })
    const arn = await arnOf(keys as unknown as Stage, OLD)
    await keys.acme.patient.create({ data: { email: 'a@example.com' } })
    await keys.database.execute('DELETE FROM patients')
    const cmk = (tenant: string) => (tenant === 'acme' ? previous : `alias/tenant/${tenant}`)
    const at = keysClient(keys.database, keys.kms, { cmk, rewrap: 'off' })
    const report = await at.prisma.$encryption.canDelete(arn)
    expect(report).toMatchObject({ canDelete: false, wrappedKeys: 1, reasons: { UNDER_THIS_KEY: 1 } })
    expect(report.referring[0]?.references).toEqual([{ values: 1 }])
    const before = (await keys.database.query('SELECT section FROM data_keys'))[0]?.section
    await at.prisma.$encryption.rewrap({ checkpoint: false })
    expect(await at.prisma.$encryption.canDelete(arn)).toMatchObject({ canDelete: true, wrappedKeys: 1 })
    await keys.database.execute('UPDATE data_keys SET section = ?', [before ?? null])
    expect(await at.prisma.$encryption.canDelete(arn)).toMatchObject({ canDelete: false })
    const empty = keys.database.provider === 'postgresql' ? "''::bytea" : "x''"
    await keys.database.execute(`UPDATE data_keys SET section = ${empty}`)
    expect(await at.prisma.$encryption.canDelete(arn)).toMatchObject({ canDelete: true, wrappedKeys: 0 })
    await at.plain.$disconnect()
  })
})

// Last: it cannot be undone in this file.
test('a CMK that is to be deleted can be asked about', async () => {
  const at = rotated()
  clients.push(at)
  await create(at.acme as typeof acme, 'a')
  await kms.client.send(new ScheduleKeyDeletionCommand({ KeyId: old, PendingWindowInDays: 7 }))
  expect(await asked(old)).toMatchObject({ canDelete: true })
})
