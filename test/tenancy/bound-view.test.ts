import { describe, expect, it } from 'vitest'
import { ambientTenant, boundView, enterTenant } from '../../src/tenancy/index.js'

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

const client = new FakeClient()
const view = boundView(client, 'acme')

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

  it('binds the clients that it hands out', async () => {
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

  it('gives the same delegate each time, as clients do', () => {
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
