import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms'
import { serve } from '@hono/node-server'
import { createClient } from '@libsql/client'
import { Hono } from 'hono'
import { type LocalKms, localKms } from 'prisma-envelope/local-kms'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../examples/http-api/app.js'
import { aliasOf, chooseKms, closeDb, type Db, openDb } from '../../examples/http-api/db.js'
import { createTables, DEMO_KEYS, issueDemoKeys } from '../../examples/http-api/development.js'
import type { LogEntry } from '../../examples/http-api/log.js'
import { type TenantEnv, tenantFromApiKey } from '../../examples/http-api/tenant.js'
import { startExample } from './start-example.js'

type Tenant = keyof typeof DEMO_KEYS
type App = ReturnType<typeof createApp>

interface Customer {
  id: string
  status: string
  name: string
  email: string
  phone: string | null
  birthday: string | null
  notes: string | null
}

interface Page {
  customers: Customer[]
  next: string | null
}

const ANN = {
  name: 'Ann Ogden',
  email: 'ann.ogden@example.com',
  phone: '+44 20 7946 0101',
  birthday: '1980-02-29',
  notes: 'Allergic to latex',
}
const ABSENT = '0199aaaa-0000-7000-8000-000000000000'

let folder: string
let database: string
let kms: LocalKms
let prisma: Db
let app: App
/** Everything that was logged in this test. */
const log: LogEntry[] = []
/** Every answer in this test that was no success. */
const refusals: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'prisma-envelope-http-api-'))
  database = join(folder, 'clinics.db')
  kms = localKms()
  for (const tenant of Object.keys(DEMO_KEYS)) await kms.createKey({ alias: aliasOf(tenant) })
  await createTables(database)
  prisma = openDb(database, kms.provider)
  await issueDemoKeys(prisma)
  app = createApp(prisma, (entry) => log.push(entry))
})
afterEach(() => {
  const found = leaks()
  // Each test answers for itself.
  log.length = 0
  refusals.length = 0
  expect(found).toEqual([])
})
afterAll(async () => {
  await closeDb(prisma)
  kms.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('customers', () => {
  test('are created, read, changed and deleted', async () => {
    const created = await call('northside', 'POST', '/customers', ANN)
    expect(created.status).toBe(201)
    const customer = await json<Customer>(created)
    expect(customer).toMatchObject({ ...ANN, status: 'active' })
    expect(customer).not.toHaveProperty('tenantId')

    const path = `/customers/${customer.id}`
    expect(created.headers.get('Location')).toBe(path)
    expect(await json(await call('northside', 'GET', path))).toEqual(customer)

    const changed = await call('northside', 'PATCH', path, {
      email: 'ann@example.org',
      phone: null,
      status: 'archived',
    })
    expect(await json(changed)).toMatchObject({ ...ANN, email: 'ann@example.org', phone: null, status: 'archived' })

    expect((await call('northside', 'DELETE', path)).status).toBe(204)
    expect((await call('northside', 'GET', path)).status).toBe(404)
    expect((await call('northside', 'DELETE', path)).status).toBe(404)
  })

  test('are stored sealed, under their tenant', async () => {
    const { id } = await create('northside', ANN)
    const [row] = await stored('SELECT * FROM Customer WHERE id = ?', [id])
    expect(row?.tenantId).toBe('northside')
    for (const column of ['name', 'email', 'phone', 'birthday', 'notes']) expect(row?.[column]).toMatch(/^pe1:/)
  })

  test('come in pages, in the order of their creation', async () => {
    const names = ['Page 1', 'Page 2', 'Page 3', 'Page 4', 'Page 5']
    const first = await create('southside', { ...ANN, name: 'Before the pages' })
    // Ids of one millisecond have no order among them.
    for (const name of names) {
      await sleep(2)
      await create('southside', { ...ANN, name })
    }
    const pages: string[][] = []
    let next: string | null = first.id
    while (next !== null) {
      const page: Page = await json<Page>(await call('southside', 'GET', `/customers?limit=2&after=${next}`))
      pages.push(page.customers.map(({ name }) => name))
      next = page.next
    }
    expect(pages).toEqual([['Page 1', 'Page 2'], ['Page 3', 'Page 4'], ['Page 5']])
  })
})

describe('the search box', () => {
  const search = async (tenant: Tenant, body: object) => {
    const { customers, next } = await json<Page>(await call(tenant, 'POST', '/customers/search', body))
    return { names: customers.map(({ name }) => name), next }
  }

  test('finds customers by a part of their name, address or number, sorted, in pages', async () => {
    const people = ['Örjan Seek', 'Zoe Seek', 'Bob Seek', 'Ann Seek']
    for (const [i, name] of people.entries()) {
      const status = i === 2 ? 'archived' : 'active'
      await create('northside', { ...ANN, name, email: `${'dcba'[i]}@seek.example`, phone: null, status })
    }
    await create('southside', { ...ANN, name: 'Eve Seek' })

    expect(await search('northside', { q: ' SEEK ' })).toEqual({
      names: ['Ann Seek', 'Bob Seek', 'Örjan Seek', 'Zoe Seek'],
      next: null,
    })
    expect((await search('northside', { q: 'seek.EXAMPLE', sort: 'email', status: 'active' })).names).toEqual([
      'Ann Seek',
      'Zoe Seek',
      'Örjan Seek',
    ])
    const first = await search('northside', { q: 'seek', limit: 3 })
    expect(first.names).toEqual(['Ann Seek', 'Bob Seek', 'Örjan Seek'])
    expect(await search('northside', { q: 'seek', limit: 3, after: first.next })).toEqual({
      names: ['Zoe Seek'],
      next: null,
    })
    expect((await search('northside', { q: '% _' })).names).toEqual([])
    expect((await search('southside', { q: 'seek' })).names).toEqual(['Eve Seek'])
  })

  test('refuses what it does not know, and a page after a customer that is gone', async () => {
    for (const body of [
      { q: 7 },
      { q: 'a\ud800' },
      { sort: 'ssn' },
      { status: 'x' },
      { limit: 0 },
      { after: 7 },
      { filter: 1 },
    ]) {
      expect((await call('northside', 'POST', '/customers/search', body)).status).toBe(400)
    }
    const { id } = await create('northside', ANN)
    await call('northside', 'DELETE', `/customers/${id}`)
    expect((await call('northside', 'POST', '/customers/search', { q: '', after: id })).status).toBe(409)
  })
})

describe('a tenant', () => {
  test("finds another's customer nowhere: not by its id, not in lists, not to change or delete it", async () => {
    const { id } = await create('northside', ANN)
    const path = `/customers/${id}`
    const before = await stored('SELECT * FROM Customer WHERE id = ?', [id])

    for (const [method, body] of [['GET'], ['PATCH', { notes: 'mine now' }], ['DELETE']] as const) {
      const foreign = await call('southside', method, path, body)
      const absent = await call('southside', method, `/customers/${ABSENT}`, body)
      expect(foreign.status, method).toBe(404)
      // No difference that would tell that it exists.
      expect(await foreign.text()).toBe(await absent.text())
    }
    expect((await listAll('southside')).map((customer) => customer.id)).not.toContain(id)
    expect((await listAll('northside')).map((customer) => customer.id)).toContain(id)
    expect(await stored('SELECT * FROM Customer WHERE id = ?', [id])).toEqual(before)
  })

  test('cannot be named by the caller', async () => {
    const answer = await call('southside', 'POST', '/customers', { ...ANN, tenantId: 'northside' })
    expect(answer.status).toBe(400)
    const header = await app.request('/customers', {
      headers: { ...authorization('southside'), 'X-Tenant-Id': 'northside' },
    })
    expect((await json<Page>(header)).customers).toEqual(
      (await json<Page>(await call('southside', 'GET', '/customers'))).customers,
    )
  })

  test('is never mixed up with another in concurrent requests, over a real connection', async () => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
    try {
      await once(server, 'listening')
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : undefined
      const from = log.length

      const each = async (tenant: Tenant, i: number) => {
        const request = (path: string, init: RequestInit = {}) =>
          fetch(`http://127.0.0.1:${port}${path}`, {
            ...init,
            headers: { ...authorization(tenant), 'Content-Type': 'application/json' },
          })
        const name = `${tenant} ${i}`
        const { id } = await json<Customer>(
          await request('/customers', {
            method: 'POST',
            body: JSON.stringify({ name, email: `${i}@${tenant}.example` }),
          }),
        )
        const read = await json<Customer>(await request(`/customers/${id}`))
        expect(read).toMatchObject({ name, email: `${i}@${tenant}.example` })
        const { customers } = await json<Page>(await request('/customers?limit=100'))
        return { id, tenant, listed: customers.map((customer) => customer.id) }
      }
      const all = await Promise.all(
        Array.from({ length: 50 }, (_, i) => [each('northside', i), each('southside', i)]).flat(),
      )

      const rows = await stored('SELECT id, tenantId FROM Customer')
      const owner = new Map(rows.map((row) => [row.id, row.tenantId]))
      for (const { id, tenant, listed } of all) {
        expect(owner.get(id)).toBe(tenant)
        expect(new Set(listed.map((other) => owner.get(other)))).toEqual(new Set([tenant]))
      }
      expect(all.length).toBe(100)
      // The control: the requests of the two did run in turns.
      const turns = log.slice(from).map((entry) => entry.tenant)
      expect(turns.length).toBe(300)
      expect(turns.filter((tenant, i) => i > 0 && tenant !== turns[i - 1]).length).toBeGreaterThan(20)
    } finally {
      server.close()
    }
  }, 60_000)

  test('is kept through every await of a handler, and gone after the request', async () => {
    const slow = new Hono<TenantEnv>()
    slow.use(tenantFromApiKey(prisma))
    slow.get('/', async (c) => {
      await sleep(Math.random() * 20)
      const { id } = await prisma.customer.create({ data: { name: 'Slow', email: 's@example.com' } })
      await new Promise((resolve) => setImmediate(resolve))
      await sleep(Math.random() * 20)
      const { tenantId } = await prisma.customer.findUniqueOrThrow({ where: { id }, select: { tenantId: true } })
      return c.text(tenantId)
    })
    const tenants = Array.from({ length: 20 }, (_, i): Tenant => (i % 2 === 0 ? 'northside' : 'southside'))
    const answers = tenants.map(async (tenant) => (await slow.request('/', { headers: authorization(tenant) })).text())
    expect(await Promise.all(answers)).toEqual(tenants)

    await expect(prisma.customer.findMany()).rejects.toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED' })
  })
})

describe('a disabled CMK', () => {
  test('shuts out its own tenant alone, with a stable answer', async () => {
    const mine = await create('northside', ANN)
    const other = await create('southside', ANN)
    const KeyId = await arnOf('northside')
    await kms.client.send(new DisableKeyCommand({ KeyId }))
    // What a running process does by itself when `revalidate` has passed.
    prisma.$encryption.evict('northside')
    const from = log.length

    for (const answer of [
      await call('northside', 'GET', `/customers/${mine.id}`),
      await call('northside', 'GET', '/customers'),
      await call('northside', 'POST', '/customers', ANN),
      await call('northside', 'PATCH', `/customers/${mine.id}`, { notes: 'new' }),
    ]) {
      expect(answer.status).toBe(503)
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
      expect(await answer.json()).toEqual({
        type: 'urn:clinics:problem:key-unavailable',
        title: 'The encryption key of this account cannot be used at the moment.',
        status: 503,
      })
    }
    expect((await call('southside', 'GET', `/customers/${other.id}`)).status).toBe(200)
    expect((await call('southside', 'POST', '/customers', ANN)).status).toBe(201)

    // The operator sees which tenant, and why.
    const failures = log.slice(from).filter(({ level }) => level === 'error')
    expect(failures.length).toBe(4)
    for (const failure of failures)
      expect(failure).toMatchObject({ code: 'ENVELOPE_KMS_DISABLED', tenant: 'northside' })

    // Deleting asks for no key.
    expect((await call('northside', 'DELETE', `/customers/${mine.id}`)).status).toBe(204)

    await kms.client.send(new EnableKeyCommand({ KeyId }))
    prisma.$encryption.evict('northside')
    expect((await call('northside', 'POST', '/customers', ANN)).status).toBe(201)
  })

  test('differs from a KMS that is only busy', async () => {
    prisma.$encryption.evict('northside')
    kms.faults.next({ operation: 'GenerateDataKey', error: 'ThrottlingException', times: 100 })
    try {
      const busy = await call('northside', 'POST', '/customers', ANN)
      expect(busy.status).toBe(503)
      expect(busy.headers.get('Retry-After')).toBe('5')
      expect(await json(busy)).toMatchObject({ type: 'urn:clinics:problem:try-again' })
    } finally {
      kms.faults.clear()
      prisma.$encryption.evict('northside')
    }
  })
})

describe('a request', () => {
  test.each([
    ['without an API key', {}],
    ['with an unknown API key', { Authorization: 'Bearer demo-key-of-nobody-at-all' }],
    ['with an empty API key', { Authorization: 'Bearer ' }],
    ['with another scheme', { Authorization: `Basic ${DEMO_KEYS.northside}` }],
  ])('%s is answered 401', async (_, headers: Record<string, string>) => {
    for (const path of ['/customers', `/customers/${ABSENT}`, '/customers/no/such/path']) {
      const answer = await noted(await app.request(path, { headers }))
      expect(answer.status).toBe(401)
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
      expect(await answer.json()).toMatchObject({ type: 'urn:clinics:problem:unauthorized' })
    }
  })

  test.each([
    ['a value of the wrong type', { ...ANN, name: 5 }, 'name must be'],
    ['a lone surrogate', { ...ANN, notes: 'a\ud800' }, 'notes must be'],
    ['a missing e-mail address', { name: 'Ann' }, 'email must be'],
    ['null where there must be a value', { ...ANN, email: null }, 'email must be'],
    ['a date that does not exist', { ...ANN, birthday: '1981-02-29' }, 'birthday must be'],
    ['an unknown field', { ...ANN, [ANN.email]: 'x' }, 'A customer has the fields'],
    ['a filter in the place of a value', { ...ANN, email: { set: 'x' } }, 'email must be'],
    ['a list', [ANN], 'The body must be a JSON object.'],
    ['nothing', null, 'The body must be a JSON object.'],
  ])('with %s is answered 400, with the rule', async (_, body, detail) => {
    const answer = await call('northside', 'POST', '/customers', body)
    expect(answer.status).toBe(400)
    expect((await json<{ detail: string }>(answer)).detail).toContain(detail)
  })

  test('with broken JSON is answered 400, without quoting it', async () => {
    const answer = await raw('northside', `{"email": ${ANN.email}}`)
    expect(answer.status).toBe(400)
    expect(await json(answer)).toMatchObject({ detail: 'The body must be JSON.' })
  })

  test('with a body that is too large is answered 413', async () => {
    expect((await raw('northside', JSON.stringify({ ...ANN, notes: 'x'.repeat(70_000) }))).status).toBe(413)
  })

  test('with a parameter that does not exist is answered 400, never as if it were not there', async () => {
    for (const query of [`email=${ANN.email}`, 'limit=0', 'limit=101', 'limit=ten', 'after=../x']) {
      expect((await call('northside', 'GET', `/customers?${query}`)).status, query).toBe(400)
    }
  })

  test('for another path, or with an invalid id, is answered 404', async () => {
    for (const path of ['/nothing', '/customers/no-id', '/customers/1%20OR%201=1']) {
      expect((await call('northside', 'GET', path)).status, path).toBe(404)
    }
  })

  test('that meets a damaged row is answered 500, and its error is for the operator alone', async () => {
    const { id } = await create('northside', ANN)
    await stored('UPDATE Customer SET email = ? WHERE id = ?', [ANN.email, id])
    const answer = await call('northside', 'GET', `/customers/${id}`)
    expect(answer.status).toBe(500)
    expect(await answer.json()).toEqual({
      type: 'urn:clinics:problem:internal',
      title: 'Something went wrong on our side.',
      status: 500,
    })
    expect(log.findLast(({ level }) => level === 'error')).toMatchObject({
      code: 'ENVELOPE_NOT_AN_ENVELOPE',
      model: 'Customer',
      field: 'email',
    })
    await call('northside', 'DELETE', `/customers/${id}`)
  })

  test("that fails in Prisma leaves the error's message, which holds arguments, out of the log", async () => {
    const failing = createApp(prisma, (entry) => log.push(entry))
    failing.get('/fails', async (c) => {
      // A plain column that does not take this; Prisma prints the whole call.
      const data = { ...ANN, status: 5 as unknown as string }
      return c.json(await prisma.$forTenant('northside').customer.create({ data }))
    })
    const answer = await noted(await failing.request('/fails'))
    expect(answer.status).toBe(500)
    expect(log.findLast(({ level }) => level === 'error')).toMatchObject({ error: 'PrismaClientValidationError' })
  })
})

describe('error bodies and log lines', () => {
  // The control of what is checked after each test.
  test('are all looked at for plaintext', async () => {
    const { id } = await create('northside', ANN)
    expect((await call('southside', 'GET', `/customers/${id}`)).status).toBe(404)
    expect(written().some((line) => line.includes('urn:clinics:problem:not-found'))).toBe(true)
    expect(written().some((line) => line.includes('"tenant":"northside"'))).toBe(true)
    log.push({ event: 'a leak', of: ANN.email })
    expect(leaks().length).toBe(1)
    log.pop()
  })
})

describe('the choice of the KMS', () => {
  const development = () => ({ file: join(folder, 'kms.json'), tenants: ['northside'] })

  test('is AWS KMS by an environment variable, which makes no call yet', async () => {
    const provider = await chooseKms({ KMS: 'aws', AWS_REGION: 'eu-central-1' }, development())
    expect(Object.keys(provider)).toContain('generateDataKey')
    await expect(chooseKms({ KMS: 'aws' }, development())).rejects.toThrow('AWS_REGION')
  })

  test('is the embedded one otherwise, but never in production', async () => {
    const provider = await chooseKms({}, development())
    expect((await provider.describeKey({ keyId: aliasOf('northside') })).enabled).toBe(true)
    await expect(chooseKms({ NODE_ENV: 'production' }, development())).rejects.toThrow('KMS=aws')
  })
})

describe('npm run example', () => {
  test('starts, answers, keeps its data, and stops in order', async () => {
    const data = join(folder, 'example')
    const first = await startExample('examples/http-api/server.ts', data)
    const created = await fetch(`${first.url}/customers`, {
      method: 'POST',
      headers: { ...authorization('northside'), 'Content-Type': 'application/json' },
      body: JSON.stringify(ANN),
    })
    expect(created.status).toBe(201)
    const { id } = await json<Customer>(created)
    expect(await first.stop()).toEqual({ code: 0, last: 'stopped' })

    const second = await startExample('examples/http-api/server.ts', data)
    const read = await fetch(`${second.url}/customers/${id}`, { headers: authorization('northside') })
    expect(await json(read)).toMatchObject(ANN)
    expect(await second.stop()).toEqual({ code: 0, last: 'stopped' })
    for (const { lines } of [first, second]) {
      expect(lines.filter((line) => line.includes(ANN.email) || line.includes(ANN.name))).toEqual([])
    }
  }, 60_000)
})

/** Every error body and log line of this test. */
function written(): string[] {
  return [...refusals, ...log.map((entry) => JSON.stringify(entry))]
}

/** Those that hold a value, a key or a ciphertext. */
function leaks(): string[] {
  const secrets = [...Object.values(ANN), ...Object.values(DEMO_KEYS), 'ann@example.org', 'mine now', 'pe1:']
  return written().filter((line) => secrets.some((secret) => line.includes(secret)))
}

function authorization(tenant: Tenant): Record<string, string> {
  return { Authorization: `Bearer ${DEMO_KEYS[tenant]}` }
}

async function call(tenant: Tenant, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { ...authorization(tenant), 'Content-Type': 'application/json' }
  return noted(
    await app.request(path, body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }),
  )
}

async function raw(tenant: Tenant, body: string): Promise<Response> {
  const headers = {
    ...authorization(tenant),
    'Content-Type': 'application/json',
    'Content-Length': String(body.length),
  }
  return noted(await app.request('/customers', { method: 'POST', headers, body }))
}

/** Keeps what an answer that was no success says, for the test about plaintext. */
async function noted(answer: Response): Promise<Response> {
  if (answer.status >= 400) refusals.push(JSON.stringify([...answer.headers]) + (await answer.clone().text()))
  return answer
}

/** The body, taken for what the test says it is. */
async function json<T = unknown>(answer: Response): Promise<T> {
  return (await answer.json()) as T
}

async function create(tenant: Tenant, customer: object): Promise<Customer> {
  const answer = await call(tenant, 'POST', '/customers', customer)
  expect(answer.status).toBe(201)
  return json<Customer>(answer)
}

async function listAll(tenant: Tenant): Promise<Customer[]> {
  const found: Customer[] = []
  let next: string | null = ''
  while (next !== null) {
    const after: string = next === '' ? '' : `&after=${next}`
    const page: Page = await json<Page>(await call(tenant, 'GET', `/customers?limit=100${after}`))
    found.push(...page.customers)
    next = page.next
  }
  return found
}

/** What the database holds, past Prisma. */
async function stored(sql: string, parameters: string[] = []) {
  const client = createClient({ url: `file:${database}` })
  try {
    return (await client.execute({ sql, args: parameters })).rows
  } finally {
    client.close()
  }
}

async function arnOf(tenant: Tenant): Promise<string> {
  return (await kms.provider.describeKey({ keyId: aliasOf(tenant) })).cmk.arn
}
