import { describe, expect, it } from 'vitest'
import { createProject, head } from './prisma-generate.js'

/** Everything that cannot be encrypted, in one schema; behind each field, what its refusal says. */
const blocks = `
enum Kind {
  X
}

model Everything {
  id        Int      @id
  kind      Kind /// @encrypted
  kinds     Kind[] /// @encrypted
  point     Unsupported("point")? /// @encrypted
  changed   DateTime @updatedAt /// @encrypted
  number    Int /// @encrypted
  numbers   Float[] /// @encrypted
  made      String   @default(dbgenerated("gen()")) /// @encrypted
  counted   Int      @default(autoincrement()) /// @encrypted
  indexed   String /// @encrypted
  unique    String   @unique /// @encrypted
  code      String /// @encrypted
  other     Other    @relation(fields: [code], references: [code])
  ignored   String   @ignore /// @encrypted
  document  Json /// @encrypted
  byJson    Bytes? /// @encrypted.index(document)
  list      String[] /// @encrypted
  byList    Bytes? /// @encrypted.index(list)

  @@index([indexed])
}

model Other {
  code  String       @id /// @encrypted
  these Everything[]
}

view Report {
  id   Int    @unique
  text String /// @encrypted
}

model Ignored {
  id   Int    @id
  text String /// @encrypted

  @@ignore
}
`

const refused = [
  'Everything.kind: an enum cannot',
  'Everything.kinds: an enum cannot',
  'Everything.point: the client does not know this field',
  'Everything.changed: Prisma itself writes an `@updatedAt`',
  'Everything.number: Int cannot',
  'Everything.numbers: Float cannot',
  'Everything.made: a default of `dbgenerated()`',
  'Everything.counted: Int cannot',
  'Everything.indexed: a database index',
  'Everything.unique: a unique field',
  'Everything.code: it is part of the foreign key',
  'Everything.ignored: the client does not know this field',
  'Everything.byJson: only text and bytes can be indexed',
  'Everything.byList: a list cannot be indexed',
  'Other.code: an id cannot',
  'Other.code: it is part of the foreign key',
  'Report.text: views have no encrypted fields',
  'Ignored.text: the client does not know this field',
]

describe('the real prisma generate', { timeout: 120_000 }, () => {
  it('refuses all that cannot be encrypted, in one run, and writes nothing', async () => {
    const project = await createProject()
    try {
      const views = head().replace('"prisma-client"', '"prisma-client"\n  previewFeatures = ["views"]')
      await project.write({ 'prisma/schema.prisma': views + blocks })
      const { code, output } = await project.generate()
      expect(code).not.toBe(0)
      const told = output.split('\n').filter((line) => /^ {2}\w+\.\w+: /.test(line))
      expect(told).toHaveLength(refused.length)
      const missing = refused.filter((start) => !told.some((line) => line.startsWith(`  ${start}`)))
      expect(missing, told.join('\n')).toEqual([])
      await expect(project.read('src/generated/encryption/index.ts')).rejects.toThrow('ENOENT')
    } finally {
      await project.remove()
    }
  })

  it('gets no composite type to see: Prisma itself refuses it on a SQL database', async () => {
    const project = await createProject()
    try {
      const composite = 'type Address {\n  street String /// @encrypted\n}\nmodel A {\n  id Int @id\n  at Address\n}\n'
      await project.write({ 'prisma/schema.prisma': head() + composite })
      const { code, output } = await project.generate()
      expect(code).not.toBe(0)
      expect(output).toContain('P1012')
    } finally {
      await project.remove()
    }
  })
})
