import { it as base, describe, expect } from 'vitest'
import { createProject, head, main, type Outcome, type Project, run } from '../generator/prisma-generate.js'

interface Application extends Project {
  check(...args: string[]): Promise<Outcome>
}

const it = base.extend<{ app: Application }>({
  app: async ({ onTestFinished }, use) => {
    const project = await createProject()
    onTestFinished(() => project.remove())
    const check = (...args: string[]) =>
      run(process.execPath, ['--import', 'tsx', main, 'check', ...args], project.folder, project.env)
    await use({ ...project, check })
  },
})

const schema = 'prisma/schema.prisma'
const patient = (line: string): string => `${head()}\nmodel Patient {\n  id Int @id\n  ${line}\n}\n`

describe('prisma-envelope check', { timeout: 120_000 }, () => {
  it('agrees with what `prisma generate` wrote, and writes nothing', async ({ app }) => {
    await app.write({ [schema]: patient('email String /// @encrypted') })
    expect(await app.check('--schema', schema)).toMatchObject({
      code: 3,
      output: expect.stringContaining(
        'out of date: prisma/prisma-envelope.lock.json, src/generated/encryption/index.ts',
      ),
    })
    await expect(app.read('prisma/prisma-envelope.lock.json')).rejects.toThrow('ENOENT')
    await app.generate()
    expect(await app.check('--schema', schema)).toEqual({
      code: 0,
      output: 'The schema, the generated files and the lock file agree.\n',
    })
  })

  it('finds a schema that was annotated since, and a module that was edited', async ({ app }) => {
    await app.write({ [schema]: patient('email String /// @encrypted') })
    await app.generate()
    const edited = await app.read('src/generated/encryption/index.ts')
    await app.write({ 'src/generated/encryption/index.ts': `${edited}\n` })
    expect((await app.check('--schema', schema)).output).toMatch(
      /out of date: src\/generated\/encryption\/index\.ts\. Run/,
    )
    await app.write({ [schema]: patient('email String /// @encrypted\n  note String? /// @encrypted') })
    expect(await app.check('--schema', schema)).toMatchObject({
      code: 3,
      output: expect.stringContaining('prisma/prisma-envelope.lock.json, src/generated/encryption/index.ts'),
    })
  })

  it('finds what the lock file does not allow', async ({ app }) => {
    await app.write({ [schema]: patient('email String /// @encrypted') })
    await app.generate()
    await app.write({ [schema]: patient('email String') })
    expect(await app.check('--schema', schema)).toMatchObject({
      code: 3,
      output: expect.stringContaining('the lock file has it as encrypted, and `@encrypted` is gone'),
    })
  })

  it('says so where there is no such generator', async ({ app }) => {
    await app.write({ [schema]: patient('email String /// @encrypted') })
    const { code, output } = await app.check('--schema', schema, '--generator', 'other')
    expect(output).toContain('The generator other specified via --generator does not exist')
    expect(code).toBe(3)
  })
})
