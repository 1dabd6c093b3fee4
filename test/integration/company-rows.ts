import type { Prisma } from '../generated/sqlite/company/client/client.js'
import { type CompanyOptions, type CompanySetting, openCompany } from '../support/company-stage.js'

/**
 * A company with the same rows for two tenants, and shared ones. Ids end in 1 for acme, in 2 for globex, in 3 for nobody; text
 * ids end in the tenant's name. Ann (`u1`) has something to do with all of them.
 */
export async function openFilledCompany(options: CompanyOptions = {}, setting: CompanySetting = {}) {
  const stage = await openCompany(options, setting)
  const { plain, prisma } = stage
  const reader = stage.extend({ scope: true, requireTenant: false, tenant: () => undefined, verifyIndexes: false })

  const tableOf = (model: (typeof EMPTIED)[number]) => plain[model] as unknown as Table

  /** Puts all rows back as they were created once. */
  async function fill(): Promise<void> {
    const emptied = EMPTIED.map((model) => tableOf(model).deleteMany())
    if (rows.length === 0) {
      await plain.$transaction(emptied)
      await create()
      for (const model of EMPTIED) rows.unshift([model, await tableOf(model).findMany()])
      return
    }
    const filled = rows.map(([model, data]) => tableOf(model).createMany({ data: data.map(withoutNulls) }))
    await plain.$transaction([...emptied, ...filled])
  }

  const rows: [(typeof EMPTIED)[number], object[]][] = []

  async function create(): Promise<void> {
    await reader.user.create({
      data: {
        id: 'u1',
        email: 'ann@example.com',
        name: 'Ann',
        accounts: { create: { id: 'a1', provider: 'gh', providerAccountId: '1', token: 'token of ann' } },
        sessions: { create: { id: 1001, token: 'session of ann' } },
        credentials: { create: { id: 1003, label: 'own', secret: 'secret of ann' } },
        comments: { create: { id: 1003, text: 'comment of nobody' } },
      },
    })
    await reader.user.create({ data: { id: 'u2', email: 'bob@example.com' } })
    await reader.badge.create({ data: { id: 1003, code: 'badge of nobody' } })
    await reader.use.create({ data: { id: 1003, credentialId: 1003 } })
    await reader.use.create({ data: { id: 1004 } })
    for (const [tenant, i] of TENANTS) {
      await reader.org.create({ data: { id: tenant, name: tenant } })
      const id = 1000 + i
      await reader.team.create({
        data: {
          id: `t-${tenant}`,
          name: tenant,
          orgId: tenant,
          templates: { create: { id, title: tenant, body: `body of ${tenant}` } },
        },
      })
      await reader.membership.create({ data: { id, orgId: tenant, userId: 'u1', title: `title of ${tenant}` } })
      await reader.credential.create({
        data: { id, label: tenant, orgId: tenant, userId: 'u1', secret: `secret of ${tenant}` },
      })
      await reader.use.create({ data: { id, credentialId: id } })
      await reader.envelope.create({
        data: { id: `e-${tenant}`, orgId: tenant, subject: `subject of ${tenant}`, metadata: { of: tenant } },
      })
      await reader.recipient.create({
        data: {
          id,
          token: `r-${tenant}`,
          email: `Rex@${tenant}.org`,
          name: `name of ${tenant}`,
          userId: 'u1',
          envelopeId: `e-${tenant}`,
          fields: { create: { id, value: `value of ${tenant}` } },
        },
      })
      await reader.comment.create({
        data: { id, text: `comment of ${tenant}`, envelopeId: `e-${tenant}`, authorId: 'u1' },
      })
      await reader.project.create({
        data: { id: `p-${tenant}`, orgId: tenant, number: 1, slug: `s-${tenant}`, secret: `project of ${tenant}` },
      })
      await reader.item.create({ data: { id, name: `item of ${tenant}`, orgId: tenant, number: 1 } })
      await reader.place.create({ data: { region: 'r', code: i, projectSlug: `s-${tenant}` } })
      await reader.note.create({ data: { id, text: `note of ${tenant}`, region: 'r', code: i } })
      await reader.task.create({
        data: {
          id,
          text: `task of ${tenant}`,
          projectSlug: `s-${tenant}`,
          badge: { create: { id, code: `badge of ${tenant}` } },
        },
      })
      await reader.slot.create({
        data: {
          id,
          taskId: id,
          is: 'is',
          data: `data of ${tenant}`,
          pins: { create: { id, text: `pin of ${tenant}` } },
        },
      })
    }
  }

  /** Reads all that there is: each envelope must open for the tenant that owns its row. */
  async function openAll(): Promise<void> {
    for (const model of EMPTIED) await (reader[model] as unknown as Table).findMany()
  }

  return { ...stage, prisma, fill, openAll }
}

type Sent<T> = Prisma.PrismaPromise<T>

interface Table {
  findMany(): Sent<object[]>
  createMany(args: { data: object[] }): Sent<unknown>
  deleteMany(): Sent<unknown>
}

/** Prisma does not take a Json column's `null`. */
function withoutNulls(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}

export const TENANTS = [
  ['acme', 1],
  ['globex', 2],
] as const

/** Each before what it refers to. */
const EMPTIED = [
  ...(['use', 'pin', 'slot', 'badge', 'note', 'place', 'item', 'task', 'project'] as const),
  ...(['field', 'recipient', 'comment', 'envelope', 'template', 'team', 'credential', 'membership'] as const),
  ...(['account', 'session', 'user', 'org', 'setting'] as const),
]
