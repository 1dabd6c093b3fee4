import { beforeAll, describe, expect, test } from 'vitest'
import { openCompany } from '../support/company-stage.js'
import { openKeysStage } from '../support/keys-stage.js'

describe('rows that say by others whose they are', async () => {
  const { acme, globex, main, prisma } = await openCompany()

  beforeAll(async () => {
    for (const [client, id, emails] of [
      [acme, 'acme', ['ann@x.io', 'ann@x.io', 'bob@x.io']],
      [globex, 'globex', ['ann@x.io']],
    ] as const) {
      await main.user.create({ data: { email: `${id}@x.io` } })
      await client.org.create({ data: { id, name: id } })
      for (const [i, email] of emails.entries()) {
        const { id: envelopeId } = await client.envelope.create({ data: { orgId: id, subject: 'a' } })
        await client.recipient.create({ data: { email, token: `${id} ${i}`, envelopeId } })
      }
    }
  })

  test('belong to the tenant at the end of the way', async () => {
    const { indexes } = await prisma.$encryption.leakage({ fields: ['Recipient.email'] })
    expect(indexes.map(({ byToken, tenants }) => [byToken.classes, tenants])).toMatchObject([
      [
        3,
        [
          { tenant: 'acme', rows: 3, byToken: { classes: 2, largest: 2, alone: 1 } },
          { tenant: 'globex', rows: 1, byToken: { classes: 1, alone: 1 } },
        ],
      ],
    ])
    const values = [
      { value: 'ann@x.io', weight: 2 },
      { value: 'bob@x.io', weight: 1 },
    ]
    const own = await prisma.$encryption.leakage({ fields: ['Recipient.email'], tenant: 'acme', values, sample: 9 })
    expect(own.indexes).toMatchObject([{ rows: 3, sample: { rows: 3, unopened: 0, byRank: { rows: 1 } } }])
  })

  test('or to the shared tenant, and to no other', async () => {
    const { indexes } = await prisma.$encryption.leakage({ fields: ['User.email'] })
    expect(indexes).toMatchObject([{ rows: 2, withToken: 2, tenants: [{ tenant: 'main', rows: 2 }] }])
    expect((await prisma.$encryption.leakage({ fields: ['User.email'], tenant: 'main' })).indexes).toMatchObject([
      { rows: 2 },
    ])
    expect((await prisma.$encryption.leakage({ fields: ['User.email'], tenant: 'acme' })).indexes).toEqual([])
  })
})

describe('values whose wrapped keys are in a table', async () => {
  const { acme, prisma } = await openKeysStage({ dataKeys: { store: 'table' } })

  test('show their lengths like others', async () => {
    const emails = ['a@b.io', 'bob@b.io', 'carla-long-enough@b.io', 'desiree-even-longer-than-two-blocks@b.io']
    for (const email of emails) await acme.patient.create({ data: { email } })
    const values = emails.map((value) => ({ value, weight: 1 }))
    const { indexes } = await prisma.$encryption.leakage({ fields: ['Patient.email'], values, sample: 10 })
    // Two of them in one block of 16 bytes.
    expect(indexes).toMatchObject([{ rows: 4, lengths: 3, besideNoEnvelope: 0, sample: { rows: 4, unopened: 0 } }])
    expect(indexes[0]?.estimate?.byLength.rows).toBeCloseTo(3 / 4, 9)
  })
})
