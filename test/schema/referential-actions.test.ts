import { describe, expect, it } from 'vitest'
import { compilePsl, refusals } from './compile-psl.js'

const shared = { sharedTenant: 'main' }

/** A comment of a document, whose tenant comes through the relation. */
function through(actions: string, relationMode = ''): string {
  return `model Doc {
  id Int @id
  orgId String /// @encrypted.tenant
  comments Comment[]
}
model Comment {
  id Int @id
  text String @db.Text /// @encrypted
  docId Int?
  doc Doc? @relation(fields: [docId], references: [id]${actions}) /// @encrypted.tenant
}${relationMode}`
}

/** A key of an organisation, or of nobody. */
function ofColumn(actions: string): string {
  return `model Org {
  id String @id
  keys Key[]
}
model Key {
  id Int @id
  secret String @db.Text /// @encrypted
  orgId String? /// @encrypted.tenant
  org Org? @relation(fields: [orgId], references: [id]${actions})
}`
}

const providers = ['postgresql', 'sqlite', 'mysql', 'sqlserver', 'cockroachdb'] as const
const withoutNative = (blocks: string, provider: string): string =>
  ['sqlite', 'cockroachdb'].includes(provider) ? blocks.replace(' @db.Text', '') : blocks

describe('a parent whose deletion would hand rows to another tenant', () => {
  it.each(providers)('is refused on %s, with lines that are accepted', async (provider) => {
    for (const blocks of [through, ofColumn]) {
      for (const action of ['', ', onDelete: SetNull', ', onDelete: SetDefault']) {
        const lines = await refusals(withoutNative(blocks(action), provider), { ...shared, provider })
        expect(lines).toHaveLength(1)
        expect(lines[0]).toMatch(/^(Comment\.doc|Key\.org): deleting the (Doc|Org) sets (docId|orgId) to /)
        expect(lines[0]).toContain(
          action.includes('SetDefault') ? 'to the tenant named by that default' : 'to the shared tenant',
        )
        const advised = [...(lines[0] ?? '').matchAll(/Write `(.*?)` or `(.*?)` in/g)].flatMap(([, a = '', b = '']) => [
          a,
          b,
        ])
        expect(advised).toHaveLength(2)
        for (const line of advised) {
          const written = withoutNative(blocks(`, ${line}`), provider)
          await expect(compilePsl(written, { ...shared, provider })).resolves.toBeDefined()
        }
      }
    }
  })

  it('is accepted where the parent is shared, and the row remains so', async () => {
    for (const action of ['', ', onDelete: SetNull', ', onDelete: SetDefault']) {
      const doc = through(action).replace('model Doc', '/// @encrypted.shared\nmodel Doc')
      await expect(compilePsl(doc.replace(' /// @encrypted.tenant', ''), shared)).resolves.toBeDefined()
    }
  })

  it('says that SET NULL is the default where nothing is written', async () => {
    expect(await refusals(through(''), shared)).toEqual([
      "Comment.doc: deleting the Doc sets docId to NULL, which hands the row to the shared tenant (`onDelete: SetNull`, Prisma's " +
        'default for an optional relation), and its values do not open for any other tenant. Write `onDelete: Cascade` or ' +
        '`onDelete: Restrict` in its `@relation` instead.',
    ])
    expect((await refusals(through(', onDelete: SetNull'), shared))[0]).not.toContain('default')
  })

  it('also by a change of its key', async () => {
    const [line] = await refusals(through(', onDelete: Cascade, onUpdate: SetNull'), shared)
    expect(line).toMatch(/^Comment\.doc: a change of the key of the Doc sets docId to NULL.*Write `onUpdate: Cascade`/)
    await expect(compilePsl(through(', onDelete: Cascade, onUpdate: Cascade'), shared)).resolves.toBeDefined()
    await expect(compilePsl(through(', onDelete: Cascade, onUpdate: Restrict'), shared)).resolves.toBeDefined()
  })

  it('also by the default of a required tenant column', async () => {
    const blocks = ofColumn(', onDelete: SetDefault')
      .replace('orgId String?', 'orgId String @default("")')
      .replace('Org?', 'Org')
    expect(await refusals(blocks)).toEqual([
      expect.stringMatching(/^Key\.org: deleting the Org sets orgId to the default/),
    ])
  })

  it('also through another relation over the same column', async () => {
    const blocks = `model Doc {
  id Int @id
  orgId String /// @encrypted.tenant
  comments Comment[]
  versions Version[]
}
model Version {
  docId Int
  number Int
  doc Doc @relation(fields: [docId], references: [id])
  comments Comment[]
  @@id([docId, number])
}
model Comment {
  id Int @id
  text String /// @encrypted
  docId Int?
  number Int?
  doc Doc? @relation(fields: [docId], references: [id], onDelete: Cascade) /// @encrypted.tenant
  version Version? @relation(fields: [docId, number], references: [docId, number])
}`
    expect(await refusals(blocks, shared)).toEqual([
      expect.stringMatching(/^Comment\.version: deleting the Version sets docId, number to NULL/),
    ])
  })

  it('not where one column of the key is required: Prisma refuses the deletion then', async () => {
    const blocks = `model Doc {
  id Int @id
  orgId String /// @encrypted.tenant
  comments Comment[]
  @@unique([orgId, id])
}
model Comment {
  id Int @id
  text String /// @encrypted
  orgId String /// @encrypted.tenant
  docId Int?
  doc Doc? @relation(fields: [orgId, docId], references: [orgId, id])
}`
    await expect(compilePsl(blocks)).resolves.toBeDefined()
  })

  it('not of relations that say nothing about the tenant', async () => {
    const blocks = `${through(', onDelete: Cascade').replace('docId Int?', 'docId Int?\n  authorId Int?\n  author User? @relation(fields: [authorId], references: [id])')}
/// @encrypted.shared
model User {
  id Int @id
  comments Comment[]
}`
    await expect(compilePsl(blocks, shared)).resolves.toBeDefined()
  })
})

describe('relationMode = "prisma"', () => {
  const emulated = { ...shared, withSource: true, datasource: 'relationMode = "prisma"' }

  it.each(['postgresql', 'mysql', 'sqlserver'])(
    'has the same default on %s, and lines that are accepted',
    async (provider) => {
      const [line] = await refusals(through(''), { ...emulated, provider })
      expect(line).toContain("Prisma's default for an optional relation")
      const advised = [...(line ?? '').matchAll(/Write `(.*?)` or `(.*?)` in/g)].flatMap(([, a = '', b = '']) => [a, b])
      expect(advised).toHaveLength(2)
      for (const action of advised) {
        await expect(compilePsl(through(`, ${action}`), { ...emulated, provider })).resolves.toBeDefined()
      }
    },
  )

  it('leaves rows behind with NoAction', async () => {
    const blocks = through(', onDelete: NoAction')
    await expect(compilePsl(blocks, { ...shared, withSource: true, provider: 'mysql' })).resolves.toBeDefined()
    const [line] = await refusals(blocks, { ...emulated, provider: 'mysql' })
    expect(line).toMatch(/^Comment\.doc: deleting the Doc leaves docId pointing at nothing/)
  })

  it('is not what a comment says', async () => {
    for (const datasource of ['// relationMode = "prisma"', '/*\nrelationMode = "prisma"\n*/']) {
      const commented = { ...shared, withSource: true, provider: 'mysql', datasource }
      await expect(compilePsl(through(', onDelete: NoAction'), commented)).resolves.toBeDefined()
    }
  })
})
