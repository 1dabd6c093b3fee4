import { describe, expect, it } from 'vitest'
import { isModelMap } from '../../src/schema/is-model-map.js'
import { compilePsl, refusals } from './compile-psl.js'

const org = 'model Org {\n id String @id /// @encrypted.tenant\n teams Team[]\n keys Key[]\n}'
const shared = { sharedTenant: 'main' }

/** A schema with a tenant, and a model `Note` that does not say which tenant owns its rows. */
function note(fields: string, others = ''): string {
  return `model Doc {\n id Int @id\n orgId String /// @encrypted.tenant\n title String /// @encrypted\n notes Note[]\n}
model Note {\n id Int @id\n text String /// @encrypted\n docId Int?\n doc Doc? @relation(fields: [docId], references: [id])\n ${fields}\n}\n${others}`
}

const unrelated = (fields: string): string =>
  `model Doc {\n id Int @id\n orgId String /// @encrypted.tenant\n}\nmodel Note {\n id Int @id\n text String /// @encrypted\n ${fields}\n}`

describe('an encrypted model that does not say which tenant owns a row', () => {
  it('is refused with all choices', async () => {
    expect(await refusals(unrelated(''))).toEqual([
      'Note: nothing says which tenant owns a row. Write one of these: a new column `orgId String /// @encrypted.tenant`; ' +
        '`/// @encrypted.shared` above the model, if its rows belong to no single tenant, such as users who are members of several, with ' +
        '`sharedTenant = "main"` in the block of this generator; `/// @encrypted.bound` above it, to seal each row for the tenant that ' +
        'the call is bound to.',
    ])
    expect((await refusals(unrelated(''), shared))[0]).not.toContain('sharedTenant')
  })

  it('is told once what the annotations above a model mean, however many models there are', async () => {
    const models = `${unrelated('')}\nmodel Memo {\n id Int @id\n text String /// @encrypted\n}`
    const [first, second, ...more] = await refusals(models)
    expect(more).toEqual([])
    expect(first).toContain('such as users who are members of several')
    expect(second).toBe(
      'Memo: nothing says which tenant owns a row. Write one of these: a new column `orgId String /// @encrypted.tenant`; ' +
        '`/// @encrypted.shared` or `/// @encrypted.bound` above the model.',
    )
  })

  it.each([
    [
      'a column that is named like the others',
      unrelated('orgId String'),
      'Write one of these: `/// @encrypted.tenant` on `Note.orgId`;',
    ],
    [
      'such a column that may be empty',
      unrelated('orgId String?'),
      '`/// @encrypted.tenant` on `Note.orgId` (NULL is the shared tenant, with `sharedTenant = "main"`',
    ],
    ['not a column of another type', unrelated('orgId Int'), 'Write one of these: a new column `orgId String'],
    [
      'not an encrypted column',
      unrelated('orgId String /// @encrypted'),
      'Write one of these: a new column `orgId String',
    ],
    [
      'a relation that may be empty, with what deletes its rows',
      note(''),
      'Write one of these: `/// @encrypted.tenant` on `Note.doc`, with `onDelete: Cascade` or `onDelete: Restrict` in `doc` (NULL',
    ],
    [
      'a required relation first',
      note(
        'keyId Int\n key Key @relation(fields: [keyId], references: [id])',
        'model Key {\n id Int @id\n orgId String /// @encrypted.tenant\n notes Note[]\n}',
      ),
      'Write one of these: `/// @encrypted.tenant` on `Note.key`; `/// @encrypted.tenant` on `Note.doc`',
    ],
    [
      'a tenant before a shared model',
      note(
        'userId Int\n user User @relation(fields: [userId], references: [id])',
        '/// @encrypted.shared\nmodel User {\n id Int @id\n notes Note[]\n}',
      ),
      '`/// @encrypted.tenant` on `Note.doc`, with `onDelete: Cascade` or `onDelete: Restrict` in `doc` (NULL is the shared tenant, with ' +
        '`sharedTenant = "main"` in the block of this generator); `/// @encrypted.tenant` on `Note.user`;',
    ],
    [
      'and the steps on from there',
      `${org}\nmodel Team {\n id Int @id\n orgId String\n org Org @relation(fields: [orgId], references: [id])\n notes Key[]\n}
model Key {\n id Int @id\n text String /// @encrypted\n teamId Int\n team Team @relation(fields: [teamId], references: [id])\n org2 String?\n org Org? @relation(fields: [org2], references: [id])\n}`,
      '`/// @encrypted.tenant` on `Key.team` and on `Team.orgId`',
    ],
  ])('with %s', async (_, blocks, expected) => {
    const lines = await refusals(blocks)
    expect(lines.at(-1)).toContain(expected)
  })

  it.each([
    ['NoAction', ''],
    ['Restrict', 'relationMode = "prisma"'],
  ])('with `onDelete: %s` on SQL Server, which Prisma accepts there: %s', async (action, datasource) => {
    const lines = await refusals(note(''), { provider: 'sqlserver', datasource, withSource: true })
    expect(lines.at(-1)).toContain(`with \`onDelete: Cascade\` or \`onDelete: ${action}\` in \`doc\``)
  })

  it('with the column that names it, where it is the tenant itself', async () => {
    const blocks = `/// @encrypted.shared
model User {\n id Int @id\n orgs Org[]\n}
model Org {\n id String @id\n name String /// @encrypted\n ownerId Int\n owner User @relation(fields: [ownerId], references: [id])\n teams Team[]\n}
model Team {\n id Int @id\n orgId String /// @encrypted.tenant\n org Org @relation(fields: [orgId], references: [id])\n}`
    expect(await refusals(blocks, shared)).toEqual([
      expect.stringContaining('Write one of these: `/// @encrypted.tenant` on `Org.id`; `/// @encrypted.shared`'),
    ])
  })

  it('with an optional relation whose foreign key is always set, as with a required one', async () => {
    const blocks = (annotation: string) =>
      note('').replace('docId Int?', 'docId Int').replace('references: [id])', `references: [id]) ${annotation}`)
    expect(await refusals(blocks(''))).toEqual([
      expect.stringContaining('Write one of these: `/// @encrypted.tenant` on `Note.doc`; `/// @encrypted.shared`'),
    ])
    const { map } = await compilePsl(blocks('/// @encrypted.tenant'))
    expect(map.sharedTenant).toBeUndefined()
    expect(isModelMap(map)).toBe(true)
  })

  it('is accepted in a schema without any tenant', async () => {
    const blocks = 'model Note {\n id Int @id\n text String /// @encrypted\n}\n'
    await expect(compilePsl(blocks)).resolves.toBeDefined()
    await expect(
      compilePsl(`${blocks}/// @encrypted.bound\nmodel Other {\n id Int @id\n text String /// @encrypted\n}`),
    ).resolves.toBeDefined()
  })

  it('is refused in a schema where only a shared model says which tenant owns its rows', async () => {
    const blocks =
      'model Note {\n id Int @id\n text String /// @encrypted\n}\n/// @encrypted.shared\nmodel User {\n id Int @id\n}'
    expect(await refusals(blocks, shared)).toHaveLength(1)
  })

  it('is accepted if it is not encrypted', async () => {
    await expect(compilePsl(unrelated('').replace('/// @encrypted\n', '\n'))).resolves.toBeDefined()
  })
})

describe('two meanings of tenant', () => {
  const thing =
    'model Thing {\n id Int @id\n projectId String /// @encrypted.tenant\n project Project @relation(fields: [projectId], references: [id])\n}'
  const project = (annotation: string): string =>
    `model Project {\n id String @id\n orgId String ${annotation}\n things Thing[]\n}\nmodel Doc {\n id Int @id\n orgId String /// @encrypted.tenant\n}`

  it('a column that names a project, which belongs to a tenant', async () => {
    expect(await refusals(`${thing}\n${project('/// @encrypted.tenant')}`)).toEqual([
      'Thing.projectId: it names a row of Project, which belongs to the tenant of Project.orgId, so this schema would have two ' +
        'different kinds of tenants. Write `/// @encrypted.tenant` on `Thing.project` instead of `projectId`, and a row belongs to ' +
        'the tenant of its Project.',
    ])
  })

  it('also where the project does not say so yet', async () => {
    expect(await refusals(`${thing}\n${project('')}`)).toEqual([
      expect.stringContaining(
        'Write `/// @encrypted.tenant` on `Thing.project` and on `Project.orgId` instead of `projectId`',
      ),
    ])
  })

  it('not of the tenant itself, which refers to another tenant or to what it owns', async () => {
    const org = `model Org {\n id String @id\n parentId String\n parent Org @relation("up", fields: [parentId], references: [id])\n children Org[] @relation("up")\n firstId Int\n first Team @relation("first", fields: [firstId], references: [id])\n teams Team[] @relation("teams")\n}
model Team {\n id Int @id\n orgId String /// @encrypted.tenant\n org Org @relation("teams", fields: [orgId], references: [id])\n firstOf Org[] @relation("first")\n}`
    await expect(compilePsl(org)).resolves.toBeDefined()
  })

  it('and the advice is accepted', async () => {
    const turned = thing.replace(' /// @encrypted.tenant', '').replace('[id])', '[id]) /// @encrypted.tenant')
    await expect(compilePsl(`${turned}\n${project('/// @encrypted.tenant')}`)).resolves.toBeDefined()
  })

  it('not where the row that is named is the tenant, or shared', async () => {
    const named = (annotations: string, above = ''): string =>
      `${thing}\n${above}\nmodel Project {\n id String @id ${annotations}\n things Thing[]\n}`
    await expect(compilePsl(named('/// @encrypted.tenant'))).resolves.toBeDefined()
    await expect(compilePsl(named(''))).resolves.toBeDefined()
    await expect(compilePsl(named('', '/// @encrypted.shared'), shared)).resolves.toBeDefined()
  })

  it('text and numbers, where rows get their tenants from others', async () => {
    const mixed =
      'model A {\n id Int @id\n orgId String /// @encrypted.tenant\n}\nmodel B {\n id Int @id\n orgId Int /// @encrypted.tenant\n}'
    await expect(compilePsl(mixed)).resolves.toBeDefined()
    expect(await refusals(`${mixed}\n/// @encrypted.shared\nmodel C {\n id Int @id\n}`, shared)).toEqual([
      expect.stringMatching(
        /^B\.orgId: its tenants are numbers, and those of A\.orgId are text.*Write the type `String`/,
      ),
    ])
  })
})

describe('the default of a tenant column', () => {
  const key = (type: string): string => `model Key {\n id Int @id\n orgId ${type} /// @encrypted.tenant\n}`

  it.each([
    ['String @default("main")', 'postgresql', '`@default("")`'],
    ['String? @default("main")', 'postgresql', 'no default'],
    ['String @default("Main")', 'mysql', '`@default("")`'],
  ])('%s on %s is the shared tenant', async (type, provider, instead) => {
    const [line, ...more] = await refusals(key(type), { ...shared, provider })
    expect(more).toEqual([])
    expect(line).toMatch(/^Key\.orgId: its default is the name of the shared tenant/)
    expect(line).toContain(`Write ${instead}`)
  })

  it('of another spelling is accepted where case counts', async () => {
    await expect(compilePsl(key('String @default("Main")'), shared)).resolves.toBeDefined()
    await expect(compilePsl(key('String @default("")'), shared)).resolves.toBeDefined()
  })
})
