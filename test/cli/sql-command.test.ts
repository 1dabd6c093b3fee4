import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { it as base, describe, expect } from 'vitest'
import { run } from '../../src/cli/run.js'
import { expectedModule } from '../generator/clinic-schema.js'

interface Application {
  write(file: string, content: string): Promise<void>
  sql(...args: string[]): Promise<{ code: number; out: string; err: string }>
}

const it = base.extend<{ app: Application }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern which fixtures this one needs
  app: async ({}, use) => {
    const cwd = await mkdtemp(join(import.meta.dirname, '.tmp-'))
    await use({
      async write(file, content) {
        await mkdir(dirname(join(cwd, file)), { recursive: true })
        await writeFile(join(cwd, file), content)
      },
      async sql(...args) {
        const [stdout, stderr] = [new PassThrough(), new PassThrough()]
        const code = await run(['sql', ...args], { stdout, stderr, version: '1.2.3', cwd })
        stdout.end()
        stderr.end()
        return { code, out: await text(stdout), err: await text(stderr) }
      },
    })
    await rm(cwd, { recursive: true })
  },
})

describe('prisma-envelope sql --checks', () => {
  it.for(['src/generated/encryption', 'generated/encryption'])('finds the module in %s', async (folder, { app }) => {
    await app.write(`${folder}/index.ts`, expectedModule)
    const { code, out, err } = await app.sql('--checks')
    expect(out).toContain('ALTER TABLE "patients" ADD CONSTRAINT "pe1_patients_e_mail_')
    expect([code, err]).toEqual([0, ''])
  })

  it.for([
    ['the folder', 'lib/models', 'lib/models/index.ts'],
    ['a folder of JavaScript', 'lib/models', 'lib/models/index.js'],
    ['the file', 'lib/models/index.ts', 'lib/models/index.ts'],
  ] as const)('takes %s from --models', async ([, given, file], { app }) => {
    await app.write(file, expectedModule)
    await app.write('src/generated/encryption/index.ts', 'not this one')
    expect(await app.sql('--checks', '--models', given)).toMatchObject({ code: 0, err: '' })
  })

  it('says which option to give where it finds no module, or several', async ({ app }) => {
    const none = await app.sql('--checks')
    expect(none.err).toMatch(/^prisma-envelope sql: There is no generated module at .* with `--models <path>`: .*\n$/)
    await app.write('src/generated/encryption/index.ts', expectedModule)
    await app.write('generated/encryption/index.ts', expectedModule)
    const several = await app.sql('--checks')
    expect(several.err).toMatch(
      /^prisma-envelope sql: There are several generated modules: .* with `--models <path>`\.\n$/,
    )
    expect([none, several].map(({ code, out }) => [code, out])).toEqual([
      [1, ''],
      [1, ''],
    ])
  })

  it('fails on one line for a path without a module, and for another file', async ({ app }) => {
    await app.write('other.ts', 'export const other = 1\n')
    for (const path of ['nowhere', 'other.ts']) {
      const { code, out, err } = await app.sql('--checks', '--models', path)
      expect(err).toMatch(new RegExp(`^prisma-envelope sql: .*${path}.*prisma generate.*\\n$`))
      expect([code, out]).toEqual([1, ''])
    }
  })

  it.for<[string[], string]>([
    [[], 'say what to print: --checks'],
    [['--check'], "Unknown option '--check'"],
    [['--checks', 'x'], "Unexpected argument 'x'"],
    [['--checks', '--models'], "Option '--models <value>' argument missing"],
    [['--checks=1'], "Option '--checks' does not take an argument"],
  ])('refuses the arguments %j', async ([args, complaint], { app }) => {
    expect(await app.sql(...args)).toEqual({
      code: 2,
      out: '',
      err: `prisma-envelope sql: ${complaint}. Try \`prisma-envelope sql --help\`.\n`,
    })
  })

  it('explains itself', async ({ app }) => {
    const { code, out, err } = await app.sql('--checks', '--help')
    expect(out).toMatch(/^prisma-envelope sql --checks /)
    expect(out).toContain('--models <path>')
    expect([code, err]).toEqual([0, ''])
  })
})
