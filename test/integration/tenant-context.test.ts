import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { ambientTenant, runWithTenant } from '../../src/tenancy/index.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, globex, kms, prisma } = await openStage()

await acme.patient.create({ data: { email: 'a' } })
await globex.patient.create({ data: { email: 'g' } })
const note = async (client: typeof prisma) => (await client.note.create({ data: { body: 'n' } })).id
const notes = { acme: await note(acme), globex: await note(globex) }

/** A call that succeeds for exactly one tenant: a note has no tenant column, so only the context says which tenant owns it. */
const readNote = (client: Pick<typeof prisma, 'note'>, of: keyof typeof notes) => () =>
  client.note.findUniqueOrThrow({ where: { id: notes[of] } })

describe('runWithTenant', () => {
  test('holds for calls within, however deep and late', async () => {
    await runWithTenant('acme', async () => {
      await sleep(2)
      await nextTurn()
      await Promise.all([readNote(prisma, 'acme')(), sleep(1).then(readNote(prisma, 'acme'))])
      expect(await refusal(readNote(prisma, 'globex'))).toMatchObject({ code: 'ENVELOPE_TENANT_MISMATCH' })
    })
  })

  test('holds for a Prisma promise that it returns unawaited', async () => {
    expect(await runWithTenant('acme', () => prisma.note.findMany({ where: { id: notes.acme } }))).toMatchObject([
      { body: 'n' },
    ])
    expect(await runWithTenant('acme', readNote(prisma, 'acme'))).toMatchObject({ body: 'n' })
  })

  test('nests: the inner one holds within, the outer one after', async () => {
    await runWithTenant('acme', async () => {
      await runWithTenant('globex', readNote(prisma, 'globex'))
      await readNote(prisma, 'acme')()
    })
  })

  test('passes results and errors on, and ends with its work', async () => {
    expect(await runWithTenant('acme', () => 7)).toBe(7)
    await expect(
      runWithTenant('acme', () => {
        throw new Error('mine')
      }),
    ).rejects.toThrow('mine')
    expect(ambientTenant()).toBeUndefined()
    expect(await refusal(readNote(prisma, 'acme'))).toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED' })
  })
})

describe('a bound view', () => {
  test('beats the ambient tenant', async () => {
    await runWithTenant('acme', readNote(globex, 'globex'))
    await runWithTenant('globex', readNote(acme, 'acme'))
  })

  test('is not bound again to another tenant, but may be to its own', async () => {
    expect(await refusal(() => acme.$forTenant('globex'))).toMatchObject({
      code: 'ENVELOPE_TENANT_BOUND',
      tenant: 'acme',
    })
    expect(await readNote(acme.$forTenant('acme'), 'acme')()).toMatchObject({ body: 'n' })
  })

  test('refuses what cannot be a tenant when it is made', async () => {
    for (const tenant of ['', 'x'.repeat(256), '\ud800', 1.5, null, undefined, {}]) {
      expect(await refusal(() => prisma.$forTenant(tenant as string))).toMatchObject({
        code: 'ENVELOPE_TENANT_INVALID',
      })
    }
  })

  test('does not read rows of other tenants', async () => {
    expect(await acme.patient.findMany({ where: { tenantId: 'globex' } })).toEqual([])
    expect(await acme.patient.findMany({ where: { tenantId: 'acme' }, select: { email: true } })).toEqual([
      { email: 'a' },
    ])
  })

  test('stays bound through $extends', async () => {
    const extended = acme.$extends({ model: { note: { hello: () => 'hello' } } })
    expect(await readNote(extended, 'acme')()).toMatchObject({ body: 'n' })
    expect(await refusal(readNote(extended, 'globex'))).toMatchObject({ code: 'ENVELOPE_TENANT_MISMATCH' })
    expect(extended.note.hello()).toBe('hello')
  })

  test('stays bound in an interactive transaction, after waits too', async () => {
    await runWithTenant('globex', () =>
      acme.$transaction(async (tx) => {
        await readNote(tx, 'acme')()
        await sleep(2)
        await readNote(tx, 'acme')()
        await nextTurn()
        // Calls of the unbound client within the transaction's function are the bound tenant's as well.
        await tx.note.update({ where: { id: notes.acme }, data: { body: 'n' } })
        expect(await refusal(readNote(tx, 'globex'))).toMatchObject({ code: 'ENVELOPE_TENANT_MISMATCH' })
      }),
    )
  })

  test('stays bound in a transaction whose calls are in the context of another', async () => {
    await acme.$transaction((tx) =>
      runWithTenant('globex', async () => {
        await readNote(tx, 'acme')()
        expect(await refusal(readNote(tx, 'globex'))).toMatchObject({ code: 'ENVELOPE_TENANT_MISMATCH' })
      }),
    )
  })

  test('stays bound in a batch', async () => {
    const [one, count, two] = await acme.$transaction([
      acme.note.findUniqueOrThrow({ where: { id: notes.acme } }),
      acme.patient.count(),
      acme.note.update({ where: { id: notes.acme }, data: { body: 'n' } }),
    ])
    expect([one.body, two.body]).toEqual(['n', 'n'])
    expect(count).toBeGreaterThan(0)
  })

  test('may be in a batch with another tenant, each bound to its own', async () => {
    const [a, g] = await prisma.$transaction([
      acme.note.findUniqueOrThrow({ where: { id: notes.acme } }),
      globex.note.findUniqueOrThrow({ where: { id: notes.globex } }),
    ])
    expect([a.id, g.id]).toEqual([notes.acme, notes.globex])
  })

  test('runs raw SQL and other $ methods', async () => {
    expect(await acme.$queryRawUnsafe('SELECT 1 AS one')).toHaveLength(1)
    expect(await acme.$executeRawUnsafe(`UPDATE patients SET age = 0 WHERE tenant_id = 'nobody'`)).toBe(0)
  })
})

describe('a lazy promise', () => {
  test('of a view is its tenant’s, wherever it is awaited', async () => {
    const made = readNote(acme, 'acme')()
    expect(await runWithTenant('globex', async () => await made)).toMatchObject({ body: 'n' })
    const handed = await runWithTenant('globex', async () => ({ promise: readNote(acme, 'acme')() }))
    expect(await handed.promise).toMatchObject({ body: 'n' })
  })

  test('of the unbound client is for the tenant in whose context the call was made, wherever it is awaited', async () => {
    const [rows, count] = await runWithTenant('acme', () => [prisma.patient.findMany(), prisma.patient.count()])
    expect(await rows).toMatchObject([{ email: 'a' }])
    expect(await runWithTenant('globex', async () => await count)).toBe(1)
  })

  test('made inside for a $transaction outside writes that tenant’s rows only', async () => {
    const list = await runWithTenant('acme', () => [
      prisma.patient.updateMany({ data: { age: 41 } }),
      prisma.patient.deleteMany({ where: { age: 41 } }),
      prisma.patient.create({ data: { email: 'a' } }),
    ])
    await prisma.$transaction(list as never)
    expect(
      await prisma.patient.findMany({ select: { email: true, tenantId: true }, orderBy: { tenantId: 'asc' } }),
    ).toEqual([
      { email: 'a', tenantId: 'acme' },
      { email: 'g', tenantId: 'globex' },
    ])
  })

  test('of a fluent call, of a transaction’s client and of a client extended later is its maker’s too', async () => {
    const { id } = await acme.patient.findFirstOrThrow()
    const visit = await acme.visit.create({ data: { reason: 'flu', tenantId: 'acme', patientId: id } })
    const later = prisma.$extends({ model: { patient: { first: () => 'first' } } })
    const made = await runWithTenant('acme', () => ({
      fluent: prisma.patient.findUniqueOrThrow({ where: { id } }),
      chained: prisma.patient.findUniqueOrThrow({ where: { id } }).visits(),
      extended: later.patient.findMany(),
    }))
    expect(await made.fluent.visits()).toMatchObject([{ reason: 'flu' }])
    expect(await made.chained).toMatchObject([{ reason: 'flu' }])
    expect(await made.extended).toMatchObject([{ email: 'a' }])
    await prisma.$transaction(async (tx) => {
      const inside = await runWithTenant('globex', () => [tx.patient.findMany()])
      expect(await inside[0]).toMatchObject([{ email: 'g' }])
    })
    await acme.visit.delete({ where: { id: visit.id } })
  })

  test('made outside every tenant is refused when it is awaited inside one, and sends nothing', async () => {
    const refused = { code: 'ENVELOPE_TENANT_REQUIRED', tenant: 'acme' }
    for (const make of [
      () => prisma.patient.findMany(),
      () => prisma.patient.deleteMany(),
      () => prisma.patient.findFirst().visits(),
    ]) {
      const made: PromiseLike<unknown> = make()
      expect(await refusal(() => runWithTenant('acme', async () => await made))).toMatchObject(refused)
    }
    const list = [prisma.patient.deleteMany(), prisma.note.deleteMany()]
    expect(await refusal(() => runWithTenant('acme', () => prisma.$transaction(list)))).toMatchObject(refused)
    expect(await prisma.patient.count()).toBe(2)
  })

  test('has the request context of its maker, which the `tenant` option may ask', async () => {
    const requests = new AsyncLocalStorage<string>()
    const { prisma: client } = encryptedClient(database, kms, { tenant: () => requests.getStore() })
    const [made] = await requests.run('acme', async () => [readNote(client, 'acme')()])
    expect(await made).toMatchObject({ body: 'n' })
    expect(
      await requests.run('globex', async () => await requests.run('acme', readNote(client, 'acme'))),
    ).toMatchObject({
      body: 'n',
    })
  })

  test('of a view can be awaited twice, caught, finished, and raced', async () => {
    const made = readNote(acme, 'acme')()
    expect(await made).toMatchObject({ body: 'n' })
    expect(await made).toMatchObject({ body: 'n' })
    expect(await acme.note.findUniqueOrThrow({ where: { id: -1 } }).catch(() => 'caught')).toBe('caught')
    let finished = false
    await readNote(acme, 'acme')().finally(() => {
      finished = true
    })
    expect(finished).toBe(true)
    expect(await Promise.race([readNote(acme, 'acme')()])).toMatchObject({ body: 'n' })
    expect(Object.prototype.toString.call(readNote(acme, 'acme')())).toBe('[object PrismaPromise]')
  })

  test('is sent when it is awaited, not before', async () => {
    const count = await prisma.note.count()
    const made = acme.note.create({ data: { body: 'late' } })
    await sleep(5)
    expect(await prisma.note.count()).toBe(count)
    const { id } = await made
    await acme.note.delete({ where: { id } })
  })
})

describe('nothing leaks', () => {
  test("into the caller's callback behind a bound call", async () => {
    const seen: unknown[] = []
    const look = () => {
      seen.push(ambientTenant())
    }
    await acme.patient.count().then(look)
    await acme.patient.count().finally(look)
    await acme.note.findUniqueOrThrow({ where: { id: -1 } }).catch(look)
    await new Promise<void>((done) => {
      acme.patient.count().then(() => {
        look()
        done()
      })
    })
    await runWithTenant('globex', () => acme.patient.count().then(look))
    expect(seen).toEqual([undefined, undefined, undefined, undefined, 'globex'])
  })

  test('between concurrent calls of two tenants', async () => {
    const calls = Array.from({ length: 30 }, (_, i) => {
      const of = i % 2 === 0 ? 'acme' : 'globex'
      const wait = sleep(i % 5)
      switch (i % 3) {
        case 0:
          return wait.then(readNote(of === 'acme' ? acme : globex, of))
        case 1:
          return runWithTenant(of, () => wait.then(readNote(prisma, of)))
        default:
          return runWithTenant(of, readNote(prisma, of))
      }
    })
    for (const row of await Promise.all(calls)) expect(row.body).toBe('n')
  })

  test('between two transactions of two tenants that overlap', async () => {
    // SQLite has one writer; there they run one after the other.
    const run = (client: typeof prisma, of: keyof typeof notes) =>
      client.$transaction(async (tx) => {
        await sleep(2)
        return await readNote(tx, of)()
      })
    if (database.provider === 'postgresql') await Promise.all([run(acme, 'acme'), run(globex, 'globex')])
    else for (const of of ['acme', 'globex'] as const) await run(of === 'acme' ? acme : globex, of)
  })
})
