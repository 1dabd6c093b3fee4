import { describe, expect, it } from 'vitest'
import { type Link, linksOf } from '../../src/schema/links.js'
import { compilePsl, refusals } from './compile-psl.js'

const shared = { sharedTenant: 'main' }

async function linksIn(blocks: string, provider = 'postgresql'): Promise<Link[]> {
  return linksOf((await compilePsl(blocks, { ...shared, provider })).map)
}

const placesIn = async (blocks: string, provider?: string): Promise<string[]> =>
  (await linksIn(blocks, provider)).map(({ model, field }) => `${model}.${field}`)

interface Parts {
  readonly actions?: string
  readonly optional?: boolean
  readonly unique?: boolean
  readonly clinic?: string
  readonly patient?: string
}

/** A patient of a clinic, both of one tenant, by a foreign key without the tenant. */
function linked({ actions = '', optional = false, unique = false, clinic = '', patient = '' }: Parts): string {
  const mark = optional ? '?' : ''
  return `model Clinic {
  id Int @id
  tenantId String /// @encrypted.tenant
  patients Patient${unique ? '?' : '[]'}
  ${clinic}
}
model Patient {
  id Int @id
  tenantId String /// @encrypted.tenant
  clinicId Int${mark}${unique ? ' @unique' : ''}
  clinic Clinic${mark} @relation(fields: [clinicId], references: [id]${actions})
  ${patient}
}`
}

/** Does what the advice says. */
function follow(blocks: string, { advice }: Link): string {
  const [, own = ''] = /Write `(fields: .*?)` in its/.exec(advice) ?? []
  let changed = blocks.replace(/fields: \[clinicId\], references: \[id\](, onDelete: \w+)?/, (_, action = '') =>
    own.includes('onDelete') ? own : `${own}${action}`,
  )
  for (const [, unique, model] of advice.matchAll(/`(@@unique\(\[[^\]]*\]\))` in (\w+)/g)) {
    changed = changed.replace(`model ${model} {`, `model ${model} {\n  ${unique}`)
  }
  return changed
}

describe('a link between rows of two tenants', () => {
  it('is a foreign key without the tenant column', async () => {
    expect(await linksIn(linked({}))).toEqual([
      {
        model: 'Patient',
        field: 'clinic',
        sides: ['Patient.clinic'],
        accepted: false,
        advice:
          'the foreign key to Clinic does not contain the tenant column. Write `fields: [tenantId, clinicId], references: ' +
          '[tenantId, id]` in its `@relation` and `@@unique([tenantId, id])` in Clinic instead',
      },
    ])
  })

  it('says what follows where the link was emptied', async () => {
    const [link] = await linksIn(linked({ optional: true }))
    expect(link?.advice).toMatch(
      /references: \[tenantId, id\], onDelete: Restrict` .* instead\. A Clinic that rows refer to can then no longer be deleted, where clinicId was set to NULL before$/,
    )
    const [kept] = await linksIn(linked({ optional: true, actions: ', onDelete: Cascade' }))
    expect(kept?.advice).not.toContain('onDelete')
  })

  const providers = ['postgresql', 'sqlite', 'mysql', 'sqlserver', 'cockroachdb']
  const parts: [string, Parts][] = [
    ['required', {}],
    ['optional', { optional: true }],
    ['written SET NULL', { optional: true, actions: ', onDelete: SetNull' }],
    ['written Cascade', { optional: true, actions: ', onDelete: Cascade' }],
    ['one-to-one', { unique: true }],
    ['optional, one-to-one', { unique: true, optional: true }],
    ['with the unique already', { clinic: '@@unique([tenantId, id])' }],
  ]
  it.each(providers.flatMap((provider) => parts.map(([name, part]) => [provider, name, part] as const)))(
    'can be ruled out on %s, where it is %s, as advised',
    async (provider, _, part) => {
      const blocks = linked(part)
      const [link, ...more] = await linksIn(blocks, provider)
      expect(more).toEqual([])
      const changed = follow(blocks, link as Link)
      expect(changed).not.toBe(blocks)
      expect(await placesIn(changed, provider)).toEqual([])
    },
  )

  it('is a join table, once', async () => {
    const blocks =
      'model A {\n id Int @id\n t Int /// @encrypted.tenant\n bs B[]\n}\nmodel B {\n id Int @id\n t Int /// @encrypted.tenant\n as A[]\n}'
    expect(await linksIn(blocks)).toEqual([
      expect.objectContaining({
        model: 'A',
        field: 'bs',
        sides: ['A.bs', 'B.as'],
        advice: expect.stringContaining('Write an explicit join model'),
      }),
    ])
  })

  it('is a join table of a model with itself, once', async () => {
    const blocks =
      'model A {\n id Int @id\n t Int /// @encrypted.tenant\n ups A[] @relation("x")\n downs A[] @relation("x")\n}'
    expect(await placesIn(blocks)).toEqual(['A.downs'])
  })

  it.each([
    [
      'the foreign key contains it',
      linked({ clinic: '@@unique([tenantId, id])' }).replace(
        'fields: [clinicId], references: [id]',
        'fields: [tenantId, clinicId], references: [tenantId, id]',
      ),
    ],
    ['one of the models has no tenant', linked({}).replace('tenantId String /// @encrypted.tenant', 'tenantId String')],
    [
      'one of the models is bound',
      `/// @encrypted.bound\n${linked({}).replace('tenantId String /// @encrypted.tenant', 'tenantId String')}`,
    ],
    [
      'one of the models is shared',
      `/// @encrypted.shared\n${linked({}).replace('tenantId String /// @encrypted.tenant', 'tenantId String')}`,
    ],
    [
      'the relation is the owner relation',
      linked({}).replace(
        /(model Patient[\s\S]*)String \/\/\/ @encrypted.tenant([\s\S]*references: \[id\]\))/,
        '$1String$2 /// @encrypted.tenant',
      ),
    ],
    [
      'it is to the tenant itself',
      'model Tenant {\n id String @id /// @encrypted.tenant\n ps Patient[]\n}\nmodel Patient {\n id Int @id\n tenantId String /// @encrypted.tenant\n tenant Tenant @relation(fields: [tenantId], references: [id])\n}',
    ],
  ])('is none where %s', async (_, blocks) => {
    expect(await placesIn(blocks)).toEqual([])
  })

  it('can be ruled out by the row that both belong to, as advised', async () => {
    const blocks = `model Doc {
  id Int @id
  orgId String /// @encrypted.tenant
  folders Clinic[]
}
model Clinic {
  id Int @id
  docId Int
  doc Doc @relation(fields: [docId], references: [id]) /// @encrypted.tenant
  clinicId Int?
  parent Clinic? @relation("tree", fields: [clinicId], references: [id])
  children Clinic[] @relation("tree")
}`
    const [link, ...more] = await linksIn(blocks)
    expect(more).toEqual([])
    expect(link?.advice).toContain('Write `fields: [docId, clinicId], references: [docId, id], onDelete: Restrict`')
    expect(await placesIn(follow(blocks, link as Link))).toEqual([])
  })

  it('keeps the pairs of a foreign key of several columns', async () => {
    const blocks = linked({ clinic: '@@unique([id, tenantId])', patient: 'clinicTenant String' }).replace(
      'fields: [clinicId], references: [id]',
      'fields: [clinicId, clinicTenant], references: [id, tenantId]',
    )
    const [link] = await linksIn(blocks)
    expect(link?.advice).toContain('Write `fields: [tenantId, clinicId], references: [tenantId, id]`')
    const changed = blocks
      .replace(
        'fields: [clinicId, clinicTenant], references: [id, tenantId]',
        'fields: [tenantId, clinicId], references: [tenantId, id]',
      )
      .replace('@@unique([id, tenantId])', '@@unique([tenantId, id])')
    expect(await placesIn(changed)).toEqual([])
  })

  const org = (more: string): string => `model Org {\n id String @id /// @encrypted.tenant\n ${more}\n}\n`
  it.each([
    [
      'the row that it refers to is a tenant',
      `${org('docs Doc[] @relation("owner")\n guests Doc[] @relation("guest")')}model Doc {
 id Int @id
 orgId String /// @encrypted.tenant
 org Org @relation("owner", fields: [orgId], references: [id])
 guestId String
 guest Org @relation("guest", fields: [guestId], references: [id])
}`,
      'each Org is a tenant itself',
    ],
    [
      'there are two kinds of tenants',
      `${org('rules Rule[]')}model Rule {
 id Int @id
 orgId String /// @encrypted.tenant
 org Org @relation(fields: [orgId], references: [id])
 copies Copy[]
}
model Mailbox {
 id String @id /// @encrypted.tenant
 copies Copy[]
}
model Copy {
 id Int @id
 mailboxId String /// @encrypted.tenant
 mailbox Mailbox @relation(fields: [mailboxId], references: [id])
 ruleId Int
 rule Rule @relation(fields: [ruleId], references: [id])
}`,
      'the tenants of Copy are rows of Mailbox, and those of Rule are rows of Org',
    ],
  ])('cannot be ruled out where %s', async (_, blocks, why) => {
    const advice = (await linksIn(blocks)).map((link) => link.advice)
    expect(advice).toEqual([
      expect.stringMatching(new RegExp(`does not contain the tenant, and cannot, because ${why}$`)),
    ])
  })

  it('is none where both rows are below the same one', async () => {
    const blocks = (key: string): string => `model Doc {
  id Int @id
  orgId String /// @encrypted.tenant
  comments Comment[]
  versions Version[]
}
model Version {
  id Int @unique
  docId Int
  number Int
  doc Doc @relation(fields: [docId], references: [id]) /// @encrypted.tenant
  comments Comment[]
  @@id([docId, number])
}
model Comment {
  id Int @id
  docId Int
  number Int
  doc Doc @relation(fields: [docId], references: [id]) /// @encrypted.tenant
  version Version @relation(${key})
}`
    expect(await placesIn(blocks('fields: [docId, number], references: [docId, number]'))).toEqual([])
    expect(await linksIn(blocks('fields: [number], references: [id]'))).toEqual([
      expect.objectContaining({
        field: 'version',
        advice:
          'the foreign key to Version does not contain the tenant column. Write `fields: [docId, number], references: [docId, id]` in ' +
          'its `@relation` and `@@unique([docId, id])` in Version instead',
      }),
    ])
  })

  it('cannot be ruled out where a tenant column may be empty', async () => {
    const blocks = linked({}).replace(/(model Patient[\s\S]*?)String/, '$1String?')
    expect((await linksIn(blocks))[0]?.advice).toContain(
      'cannot, because Patient has no tenant column that is always set',
    )
  })
})

describe('an accepted link', () => {
  const accept = '/// @encrypted(links: accepted)'

  it('is one still, and accepted', async () => {
    const [link] = await linksIn(linked({}).replace('references: [id])', `references: [id]) ${accept}`))
    expect(link?.accepted).toBe(true)
  })

  it.each(['bs B[]', 'as A[]'])('of a join table is accepted on either side: %s', async (side) => {
    const blocks =
      'model A {\n id Int @id\n t Int /// @encrypted.tenant\n bs B[]\n}\nmodel B {\n id Int @id\n t Int /// @encrypted.tenant\n as A[]\n}'
    expect((await linksIn(blocks.replace(side, `${side} ${accept}`))).map(({ accepted }) => accepted)).toEqual([true])
  })

  it.each([
    [
      'where there is none',
      `model Clinic {\n id Int @id\n ps Patient[]\n}\nmodel Patient {\n id Int @id\n t Int /// @encrypted.tenant\n clinicId Int\n clinic Clinic @relation(fields: [clinicId], references: [id]) ${accept}\n}`,
      /^Patient\.clinic: rows of two tenants cannot be linked.*Write it without/,
    ],
    [
      'on the list of a foreign key',
      linked({}).replace('patients Patient[]', `patients Patient[] ${accept}`),
      /^Clinic\.patients: rows of two tenants cannot.*Write it without/,
    ],
    [
      'on a column',
      linked({ patient: `email String ${accept}` }),
      /^Patient\.email: `links` is about a relation.*Write `@encrypted` without/,
    ],
    [
      'with a name',
      linked({}).replace('references: [id])', 'references: [id]) /// @encrypted(links: accepted, as: "a.b")'),
      /^Patient\.clinic: .*on a relation/,
    ],
    [
      'as another word',
      linked({}).replace('references: [id])', 'references: [id]) /// @encrypted(links: off)'),
      /must be the bare word accepted/,
    ],
  ])('is refused %s', async (_, blocks, expected) => {
    const lines = await refusals(blocks)
    expect(lines).toEqual([expect.stringMatching(expected)])
  })
})
