import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { blocksOf, guide, page } from './documentation.js'
import { createProject, createTables, forSqlite, type Project } from './project.js'

const application = guide.map(forSqlite)
const changes = blocksOf(page('docs/schema-changes.md')).map(forSqlite)
const schemaFile = 'prisma/schema.prisma'
const lockFile = 'prisma/prisma-envelope.lock.json'
const [formerIndex = '', newIndex = ''] = (changes.find(({ language }) => language === 'prisma')?.text ?? '').split(
  '\n',
)

let project: Project
let schema: string
beforeEach(async () => {
  const fragment = changes.filter(({ language }) => language === 'ts')
  project = await createProject([...application.map(withIndexKey), ...fragment])
  schema = await readFile(join(project.folder, schemaFile), 'utf8')
  // The columns that migrations of later steps would add.
  await createTables(project, withColumn(withColumn(schema, formerIndex), newIndex))
}, 300_000)
afterEach(() => project.remove())

function withColumn(psl: string, column: string): string {
  return psl.replace('/// @encrypted\n', `/// @encrypted\n  ${column}\n`)
}

/** The guide's `db.ts` has no index. */
function withIndexKey(block: (typeof application)[number]): (typeof application)[number] {
  const text = block.text.replace('    cmk: (tenant) =>', "    indexCmk: 'alias/clinic-index',\n    cmk: (tenant) =>")
  return { ...block, text }
}

async function script(name: string, text: string): Promise<string> {
  await writeFile(join(project.folder, name), text)
  const { code, output } = await project.run(name)
  expect(code, output).toBe(0)
  return output
}

/** Writes the schema, and removes from the lock file what the errors of `prisma generate` say. Gives those lines. */
async function change(psl: string): Promise<string[]> {
  await writeFile(join(project.folder, schemaFile), psl)
  const refused = await project.generate()
  const lines = [...refused.output.matchAll(/remove this line from the lock file: `(.*)`/g)].map(
    ([, line = '']) => line,
  )
  for (const line of lines) {
    const lock = await readFile(join(project.folder, lockFile), 'utf8')
    expect(lock).toContain(line)
    const others = lock.split('\n').filter((other) => !other.includes(line))
    await writeFile(join(project.folder, lockFile), others.join('\n').replace(/,(\n {2}\})/g, '$1'))
  }
  const generated = lines.length === 0 ? refused : await project.generate()
  expect(generated.code, generated.output).toBe(0)
  return lines
}

test('a column is no longer encrypted by the script, then without its line in the lock file', async () => {
  await script(
    'write.ts',
    `import { prisma } from './src/db'
     for (const tenant of ['acme', 'globex']) {
       const data = Array.from({ length: 255 }, (_, i) => ({ email: i + '@example.com', ssn: i === 7 ? null : tenant + i }))
       await prisma.$forTenant(tenant).patient.createMany({ data })
     }`,
  )
  expect((await project.run('src/stop-encrypting.ts')).output).toMatch(/(written in plaintext up to .*\n){2}/)

  expect(await change(schema.replace(/(ssn .*?)\/\/\/ @encrypted/, '$1'))).toEqual([
    '"Patient.ssn": { "as": "Patient.ssn", "type": "text" }',
  ])
  const read = await script(
    'read.ts',
    `import { prisma } from './src/db'
     for (const tenant of ['acme', 'globex']) {
       const rows = await prisma.$forTenant(tenant).patient.findMany()
       console.log(tenant, rows.filter(({ email, ssn }) => (ssn ?? tenant + 7) === tenant + email.split('@')[0]).length)
     }`,
  )
  expect(read).toBe('acme 255\nglobex 255\n')
}, 300_000)

test('an index is changed by a second column and the script, while searches go on', async () => {
  const search = `import { prisma } from './src/db'
    const ann = await prisma.$forTenant('acme').patient.findFirst({ where: { email: 'ANN@example.com' } })
    console.log(ann?.email)`
  await change(withColumn(schema, formerIndex))
  await script(
    'write.ts',
    `import { prisma } from './src/db'
     await prisma.$forTenant('acme').patient.create({ data: { email: 'Ann@example.com' } })`,
  )

  expect(await change(withColumn(schema, `${formerIndex}\n  ${newIndex}`))).toEqual([])
  expect(await script('search.ts', search)).toBe('Ann@example.com\n')
  expect((await project.run('src/fill-index.ts')).output).toMatch(/^filled up to .*\n$/)

  await change(withColumn(schema, newIndex))
  expect(await script('search.ts', search)).toBe('Ann@example.com\n')
}, 300_000)
