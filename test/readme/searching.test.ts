import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repository, run } from '../generator/prisma-generate.js'
import { blocksOf, isFragment, page } from './documentation.js'
import { createProject, createTables, type Project } from './project.js'

const readme = blocksOf(page('README.md')).filter((block) => !isFragment(block))
const searching = blocksOf(page('docs/searching-a-tenant.md'))

describe('the code in docs/searching-a-tenant.md', () => {
  let project: Project
  beforeAll(async () => {
    const model = searching.find(({ language }) => language === 'prisma')?.text ?? ''
    const schema = readme.find(({ file }) => file === 'prisma/schema.prisma')?.text ?? ''
    const text = schema.replace(/^model [\s\S]*/m, model)
    const files = readme.map((block) => (block.language === 'prisma' ? { ...block, text } : block))
    project = await createProject([...files, ...searching.filter((block) => !isFragment(block))])
    await createTables(project, text)
    // The README's programs write columns that this schema does not have.
    for (const file of ['main', 'example']) await rm(join(project.folder, `src/${file}.ts`))
  }, 120_000)
  afterAll(() => project.remove())

  test('type-checks against the generated client and the package', async () => {
    const tsc = join(repository, 'node_modules', 'typescript', 'lib', 'tsc.js')
    expect(await run(process.execPath, [tsc, '-p', project.folder], project.folder)).toEqual({ code: 0, output: '' })
  }, 120_000)

  test('prints what it says', async () => {
    const { code, output } = await project.run('src/try-search.ts')
    expect(code, output).toBe(0)
    expect(output).toContain("[ 'Ann Ogden', 'Örjan Berg' ] null")
  }, 60_000)
})
