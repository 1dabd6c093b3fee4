import { inspect } from 'node:util'
import { DisableKeyCommand } from '@aws-sdk/client-kms'
import { expect, test } from 'vitest'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage } from '../support/stage.js'

const { database, globex, kms, statements } = await openStage()

const MARK = 'plaintext-mark'
let count = 0
/** A plaintext that can be told wherever it turns up. */
const mark = () => `${MARK}-${count++}`

/** The data keys that KMS has handed out, in the spellings in which one could show. */
const keys: string[] = []
const provider = {
  ...kms.provider,
  describeKey: kms.provider.describeKey.bind(kms.provider),
  async generateDataKey(...args: Parameters<typeof kms.provider.generateDataKey>) {
    const answer = await kms.provider.generateDataKey(...args)
    remember(answer.plaintext)
    return answer
  },
  async unwrapDataKey(...args: Parameters<typeof kms.provider.unwrapDataKey>) {
    const answer = await kms.provider.unwrapDataKey(...args)
    remember(answer.plaintext)
    return answer
  },
}
function remember(key: Uint8Array): void {
  const bytes = Buffer.from(key)
  keys.push(bytes.toString('hex'), bytes.toString('base64').slice(0, 42), [...bytes.subarray(0, 6)].join(', '))
}

const { prisma: watched, statements: watchedStatements, plain } = encryptedClient(database, kms, { kms: provider })
const view = watched.$forTenant('acme')

function expectClean(shown: string, what: string): void {
  expect(shown.includes(MARK), `${what} shows a plaintext`).toBe(false)
  for (const key of keys) expect(shown.includes(key), `${what} shows a data key`).toBe(false)
}

/** Everything that an application's logger might make of an error. */
function expectCleanError(error: unknown, what: string): void {
  expect(error).toBeInstanceOf(Error)
  const { message, stack } = error as Error
  expectClean([message, stack, inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error)].join('\n'), what)
}

/** Arguments as a JavaScript application might write them. */
type Loose = Record<string, unknown>
const calls = (client: object): [string, () => Promise<unknown>][] => {
  const run = (operation: string, model: string) => (args: Loose) => {
    const delegate = Reflect.get(client, model) as Record<string, (args: Loose) => Promise<unknown>>
    return delegate[operation]?.(args) ?? Promise.reject(new Error(`no ${operation}`))
  }
  const data = () => ({
    email: mark(),
    ssn: mark(),
    notes: { [mark()]: [mark()] },
    photo: Buffer.from(mark()),
    visits: { create: [{ reason: mark() }] },
    record: { create: { data: { data: mark() }, where: mark(), select: mark() } },
  })
  const all: [string, string, Loose][] = [
    ['create', 'patient', { data: data(), include: { visits: true, record: true } }],
    ['createMany', 'patient', { data: [{ email: mark(), ssn: mark() }] }],
    ['createManyAndReturn', 'patient', { data: [{ email: mark(), notes: mark() }] }],
    ['updateMany', 'patient', { data: { email: mark(), ssn: { set: mark() } } }],
    ['updateManyAndReturn', 'patient', { data: { email: mark() } }],
    [
      'upsert',
      'patient',
      { where: { id: 'upserted' }, create: { id: 'upserted', email: mark() }, update: { email: mark() } },
    ],
    [
      'upsert',
      'patient',
      { where: { id: 'upserted' }, create: { id: 'upserted', email: mark() }, update: { email: mark() } },
    ],
    ['update', 'patient', { where: { id: 'upserted' }, data: { visits: { create: { reason: mark() } }, ssn: mark() } }],
    [
      'update',
      'patient',
      {
        where: { id: 'upserted' },
        data: {
          visits: {
            upsert: { where: { id: 999 }, create: { reason: mark() }, update: { reason: mark() } },
            connectOrCreate: { where: { id: 998 }, create: { reason: mark() } },
            updateMany: { where: {}, data: { reason: mark() } },
            createMany: { data: [{ reason: mark() }] },
          },
          record: { upsert: { create: { data: mark() }, update: { data: mark() } } },
        },
      },
    ],
    [
      'update',
      'patient',
      { where: { id: 'upserted' }, data: { record: { update: { where: mark(), data: { data: mark() } } } } },
    ],
    ['create', 'note', { data: { body: mark(), tags: { create: { name: 'a tag' } } } }],
    // Refused or failing, each in its own way.
    ['create', 'patient', { data: { email: `${mark()}\ud800` } }],
    ['create', 'patient', { data: { email: [mark()] } }],
    ['create', 'patient', { data: { email: { put: mark() } } }],
    ['create', 'patient', { data: { email: mark(), ssn: { set: mark(), unset: mark() } } }],
    ['create', 'patient', { data: { email: mark(), notes: { a: Symbol(mark()) } } }],
    ['create', 'patient', { data: { email: mark(), notes: { a: () => mark() } } }],
    ['create', 'patient', { data: { email: mark(), photo: mark() } }],
    ['create', 'patient', { data: { email: mark(), shoeSize: mark() } }],
    ['create', 'patient', { data: { email: mark(), age: 'not a number' } }],
    ['create', 'patient', { data: { email: mark(), clinicId: 'none' } }],
    ['create', 'patient', { data: { email: mark(), tenantId: 'globex' } }],
    ['create', 'patient', { data: { ssn: mark() } }],
    ['create', 'patient', { data: { id: 'upserted', email: mark() } }],
    ['create', 'patient', { data: { email: mark(), visits: { put: { reason: mark() } } } }],
    ['create', 'patient', { data: { email: mark() }, select: { shoeSize: true } }],
    ['update', 'patient', { where: { id: 'nobody' }, data: { email: mark() } }],
    ['findMany', 'patient', { where: { ssn: mark() } }],
    ['findMany', 'patient', { where: { ssn: { startsWith: mark() } } }],
    ['findMany', 'patient', { where: { OR: [{ visits: { some: { reason: mark() } } }] } }],
    ['findMany', 'patient', { where: { notes: { path: ['a'], equals: mark() } } }],
    ['findMany', 'patient', { cursor: { id: 'x', ssn: mark() } }],
    ['findMany', 'patient', { orderBy: { ssn: 'asc' } }],
    ['groupBy', 'patient', { by: ['age'], having: { ssn: { equals: mark() } } }],
    ['deleteMany', 'patient', { where: { ssn: mark() } }],
    ['findMany', 'patient', {}],
  ]
  return all.map(([operation, model, args], i) => [`${i}: ${model}.${operation}`, () => run(operation, model)(args)])
}

test('no call shows a plaintext or a data key: not to the database, not in errors', async () => {
  let failures = 0
  for (const [name, call] of calls(view)) {
    try {
      await call()
    } catch (error) {
      failures += 1
      expectCleanError(error, name)
    }
  }
  expect(failures).toBeGreaterThan(15)
  const sent = [...statements, ...watchedStatements]
  expect(sent.length).toBeGreaterThan(20)
  for (const { sql, params } of sent) {
    const shown = params.map((param) =>
      param instanceof Uint8Array ? Buffer.from(param).toString('latin1') : String(param),
    )
    expectClean([sql, ...shown].join('\n'), sql)
  }
})

test('nor do calls that fail for want of a key or a tenant, or because of what is stored', async () => {
  const errors: unknown[] = []
  const fail = async (call: () => PromiseLike<unknown>) => {
    try {
      await call()
      expect.unreachable('it should have failed')
    } catch (error) {
      errors.push(error)
    }
  }
  await fail(() => watched.patient.create({ data: { email: mark() } }))
  await fail(() => watched.$forTenant('nobody').patient.create({ data: { email: mark() } }))
  await fail(() => watched.$encryption.seal('Patient', 'ssn', mark()))
  // @ts-expect-error: the types refuse text in a field of bytes; so must the call of an application without types
  await fail(() => view.$encryption.seal('Patient', 'photo', mark()))
  await fail(() => view.$encryption.open('Patient', 'ssn', mark()))
  await fail(() => view.$encryption.openRows('Patient', [{ tenantId: 'acme', ssn: mark() }]))
  await database.execute(`UPDATE patients SET ssn = ?, email_sealed = 'pe1:AAAA'`, [mark()])
  await fail(() => view.patient.findMany({ select: { ssn: true }, where: { tenantId: 'acme' } }))
  await fail(() =>
    view.$transaction([
      view.patient.create({ data: { email: mark() } }),
      // @ts-expect-error: the types accept no value to search `ssn` by, which has no index
      view.patient.findMany({ where: { ssn: mark() } }),
    ]),
  )
  const { cmk } = await kms.provider.describeKey({ keyId: 'alias/tenant/acme' })
  await kms.client.send(new DisableKeyCommand({ KeyId: cmk.arn }))
  watched.$encryption.evict('acme')
  await fail(() => view.patient.create({ data: { email: mark() } }))
  watched.$encryption.close()
  await fail(() => view.patient.create({ data: { email: mark() } }))
  expect(errors).toHaveLength(10)
  for (const [i, error] of errors.entries()) expectCleanError(error, `failure ${i}`)
})

test('looking at the client, a view or the management face shows no plaintext and no key', async () => {
  await globex.patient.create({ data: { email: mark() } })
  for (const [name, exposed] of Object.entries({
    watched,
    view,
    face: watched.$encryption,
    boundFace: view.$encryption,
    delegate: view.patient,
    stats: watched.$encryption.stats(),
  })) {
    expectClean(inspect(exposed), name)
    // Deeper lies the client's description of the whole schema, which takes minutes to print.
    expectClean(inspect(exposed, { depth: 4, showProxy: true }), name)
  }
  expectClean(JSON.stringify(watched.$encryption.stats()), 'stats')
  expect(keys.length).toBeGreaterThan(0)
  await plain.$disconnect()
})

test('looking at a call shows none of its arguments, before and after it is made', async () => {
  const made = globex.patient.create({ data: { email: mark() }, select: { id: true } })
  expectClean(inspect(made, { depth: 10, showHidden: true, showProxy: true }), 'a call that is not made yet')
  await made
  expectClean(inspect(made, { depth: 10, showHidden: true, showProxy: true }), 'a call that was made')
})
