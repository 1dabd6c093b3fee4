import { describe, expect, it } from 'vitest'
import { boundView, clientView } from '../../../src/prisma/client-views/client-view.js'
import { ambientTenant, enterTenant } from '../../../src/tenancy/index.js'

/** As much of a Prisma client as a view deals with. */
class FakeClient {
  #secret = 'private'
  readonly log: (string | undefined)[] = []
  readonly _engine = { start: () => ambientTenant() }
  readonly patient = {
    client: this,
    fields: { email: 'email' },
    find(): unknown {
      return this.client.lazy(() => ambientTenant())
    },
    sync: () => ambientTenant(),
  }

  lazy(work: () => unknown): unknown {
    return {
      // biome-ignore lint/suspicious/noThenProperty: what Prisma's promises are
      then: (...callbacks: Parameters<Promise<unknown>['then']>) =>
        Promise.resolve()
          .then(work)
          .then(...callbacks),
      catch: (callback: () => unknown) => Promise.resolve().then(work).catch(callback),
      finally: (callback: () => void) => Promise.resolve().then(work).finally(callback),
      visits: () => this.lazy(() => `visits of ${ambientTenant()}`),
      requestTransaction: () => Promise.resolve(ambientTenant()),
      [Symbol.toStringTag]: 'PrismaPromise',
    }
  }
  $queryRaw(): unknown {
    return this.lazy(() => ambientTenant())
  }
  $secret(): string {
    return this.#secret
  }
  $extends(): FakeClient {
    return new FakeClient()
  }
  $transaction<T>(work: (tx: FakeClient) => T): T {
    return work(new FakeClient())
  }
  get $parent(): undefined {
    return undefined
  }
}

/** The same shape without encryption, as a replica would be. */
class ForeignClient extends FakeClient {}

const adopted = new FakeClient()
const client = new FakeClient()
const unbound = clientView(client, { adopt: (other) => (other instanceof ForeignClient ? adopted : other) })
const view = boundView(unbound, 'acme')

describe('a bound view', () => {
  it('runs calls in its tenant’s context, and whatever they answer later', async () => {
    expect(view.patient.sync()).toBe('acme')
    expect(await view.patient.find()).toBe('acme')
    expect(await view.$queryRaw()).toBe('acme')
    expect(ambientTenant()).toBeUndefined()
  })

  it('beats the context around it', async () => {
    expect(await enterTenant('globex', () => view.patient.find())).toBe('acme')
    const made = view.patient.find()
    expect(await enterTenant('globex', async () => await made)).toBe('acme')
  })

  it('keeps the fluent methods of a promise bound, and the part that batches call', async () => {
    const promise = view.patient.find() as { visits(): Promise<string>; requestTransaction(): Promise<string> }
    expect(await promise.visits()).toBe('visits of acme')
    expect(await promise.requestTransaction()).toBe('acme')
    expect(Object.prototype.toString.call(promise)).toBe('[object PrismaPromise]')
  })

  it('does not leak its tenant into what the caller does behind a promise', async () => {
    const promise = view.patient.find() as Promise<string>
    expect(await promise.then((own) => [own, ambientTenant()])).toEqual(['acme', undefined])
    let finished: string | undefined = 'not called'
    await promise.finally(() => {
      finished = ambientTenant()
    })
    expect(finished).toBeUndefined()
  })

  it('binds the clients that it returns', async () => {
    expect(await view.$extends().patient.find()).toBe('acme')
    expect(view.$transaction((tx) => tx.patient.sync())).toBe('acme')
    expect(await view.$transaction((tx) => tx.$queryRaw())).toBe('acme')
  })

  it('leaves private members, plain values and Prisma’s own parts as they are', () => {
    expect(view.$secret()).toBe('private')
    expect(view.patient.fields).toBe(client.patient.fields)
    expect(view.log).toEqual([])
    expect(view._engine).toBe(client._engine)
    expect(view.$parent).toBeUndefined()
    expect(view instanceof FakeClient).toBe(true)
  })

  it('returns the same delegate each time, as clients do', () => {
    expect(view.patient).toBe(view.patient)
  })

  it('is not bound to another tenant, and says so', () => {
    const bound = view as unknown as { $forTenant(tenant: string): FakeClient }
    expect(() => bound.$forTenant('globex')).toThrow(
      expect.objectContaining({ code: 'ENVELOPE_TENANT_BOUND', tenant: 'acme' }),
    )
    expect(bound.$forTenant('acme').patient.sync()).toBe('acme')
  })
})

describe('what a method of another extension returns', () => {
  /** A client with one more method, as an extension would have added it. */
  const handing = (method: (this: FakeClient) => unknown) => {
    const base = new FakeClient()
    const extended = Object.assign(new FakeClient(), { _originalClient: base, $hand: method })
    return boundView(
      clientView(extended, { adopt: (other) => (other instanceof ForeignClient ? adopted : other) }),
      'acme',
    )
  }
  const tenantOf = (one: unknown): unknown => (one as FakeClient).patient.sync()

  it.each<[string, () => unknown, (handed: never) => unknown]>([
    ['a client', () => new ForeignClient(), (handed) => handed],
    ['a promise of a client', async () => new ForeignClient(), async (handed) => await handed],
    ['a list of clients', () => [1, new ForeignClient()], (handed: unknown[]) => handed[1]],
    [
      'an object that holds a client',
      () => ({ a: { b: new ForeignClient() } }),
      (handed: { a: { b: 1 } }) => handed.a.b,
    ],
    [
      'an object with a getter',
      () => ({
        get db() {
          return new ForeignClient()
        },
      }),
      (handed: { db: 1 }) => handed.db,
    ],
    ['a map', () => new Map([['db', new ForeignClient()]]), (handed: Map<string, unknown>) => handed.get('db')],
    ['a set', () => new Set([new ForeignClient()]), (handed: Set<unknown>) => [...handed][0]],
    ['a function that returns a client', () => () => new ForeignClient(), (handed: () => unknown) => handed()],
    [
      'a generator of clients',
      function* () {
        yield new ForeignClient()
      },
      (handed: Generator) => handed.next().value,
    ],
    [
      'an async generator of clients',
      async function* () {
        yield new ForeignClient()
      },
      async (handed: AsyncGenerator) => (await handed.next()).value,
    ],
  ])('is bound: %s', async (_what, method, take) => {
    expect(tenantOf(await take(handing(method).$hand() as never))).toBe('acme')
  })

  it('runs in the tenant’s context later, too: functions, generators, promises', async () => {
    expect((handing(() => () => ambientTenant()).$hand() as () => unknown)()).toBe('acme')
    const pages = handing(async function* () {
      yield ambientTenant()
      yield await Promise.resolve(ambientTenant())
    }).$hand() as AsyncGenerator
    const seen: unknown[] = []
    for await (const one of pages) seen.push(one)
    expect(seen).toEqual(['acme', 'acme'])
    const lazy = handing(() => [client.lazy(() => ambientTenant())]).$hand() as [Promise<unknown>]
    expect(await lazy[0]).toBe('acme')
    expect(ambientTenant()).toBeUndefined()
  })

  it('may refer to itself, and is otherwise the very value', () => {
    const circle: Record<string, unknown> = { at: new Date(), bytes: new Uint8Array(2), rows: [{ a: 1 }] }
    circle.self = circle
    expect(handing(() => circle).$hand()).toBe(circle)
    const handed = handing(() => ({ ...circle, db: new ForeignClient() })).$hand() as typeof circle
    expect(handed).toMatchObject({ at: circle.at, bytes: circle.bytes })
    const tied = handing(() => Object.assign(circle, { db: new ForeignClient(), deep: { circle } })).$hand() as {
      deep: { circle: { db: unknown } }
    }
    expect(tenantOf(tied.deep.circle.db)).toBe('acme')
  })

  it('is refused where it cannot be bound: an object of a class, a model of a client, a client of another tenant', () => {
    const refused = expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID' })
    class Repository {
      constructor(readonly db: object) {}
    }
    expect(() => handing(() => new Repository(client)).$hand()).toThrow(refused)
    expect(() => handing(() => [{ $name: 'Patient', findMany: () => [] }]).$hand()).toThrow(refused)
    expect(() => handing(() => [boundView(unbound, 'globex')]).$hand()).toThrow(
      expect.objectContaining({ code: 'ENVELOPE_TENANT_BOUND', tenant: 'globex' }),
    )
  })

  it('gets the view as `this`, so that what it builds on its context is bound', () => {
    const handed = handing(function () {
      return { run: () => this.patient.sync() }
    }).$hand() as { run(): unknown }
    expect(handed.run()).toBe('acme')
  })

  it('receives functions that can be distinguished, and classes that can be constructed', () => {
    class Dto {}
    const seen: unknown[] = []
    const bound = handing((...given: unknown[]) => seen.push(...given)) as unknown as {
      $hand(...given: unknown[]): void
    }
    bound.$hand(Dto)
    bound.$hand(Dto)
    expect(seen[0]).toBe(seen[1])
    expect(new (seen[0] as typeof Dto)()).toBeInstanceOf(Dto)
  })
})
