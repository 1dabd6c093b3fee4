import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { it as base, describe, expect } from 'vitest'
import { expectedMapFile, expectedModule } from '../generator/clinic-schema.js'
import { type CommandRun, runCommand } from './run-command.js'

interface Application {
  write(file: string, content: string): Promise<void>
  sql(...args: string[]): Promise<CommandRun>
}

const it = base.extend<{ app: Application }>({
  app: async ({ onTestFinished }, use) => {
    const cwd = await mkdtemp(join(import.meta.dirname, '.tmp-'))
    onTestFinished(() => rm(cwd, { recursive: true }))
    await use({
      async write(file, content) {
        await mkdir(dirname(join(cwd, file)), { recursive: true })
        await writeFile(join(cwd, file), content)
      },
      sql: (...args) => runCommand(['sql', ...args], cwd),
    })
  },
})

describe('prisma-envelope sql --checks', () => {
  it.for(['src/generated/encryption', 'generated/encryption', 'app/generated/encryption'])(
    'finds the model map in %s',
    async (folder, { app }) => {
      await app.write(`${folder}/encryption.json`, expectedMapFile)
      const { code, out, err } = await app.sql('--checks')
      expect(out).toContain('ALTER TABLE "patients" ADD CONSTRAINT "pe1_patients_e_mail_')
      expect([code, err]).toEqual([0, ''])
    },
  )

  it.for([
    ['the folder', 'lib/models'],
    ['the folder, with a slash', './lib/models/'],
    ['the file', 'lib/models/encryption.json'],
  ] as const)('accepts %s from --models', async ([, given], { app }) => {
    await app.write('lib/models/encryption.json', expectedMapFile)
    await app.write('src/generated/encryption/encryption.json', 'not this one')
    expect(await app.sql('--checks', '--models', given)).toMatchObject({ code: 0, err: '' })
  })

  it('says which option to pass if it finds no model map, or several', async ({ app }) => {
    // What an earlier release wrote.
    await app.write('src/generated/encryption/index.ts', expectedModule)
    const none = await app.sql('--checks')
    expect(none.err).toBe(
      'prisma-envelope sql: There is no encryption.json in src/generated/encryption, generated/encryption, app/generated/encryption. Run `prisma generate`. If the `output` of the generator `prisma-envelope` is another folder, pass that with `--models <folder>`.\n',
    )
    await app.write('src/generated/encryption/encryption.json', expectedMapFile)
    await app.write('generated/encryption/encryption.json', expectedMapFile)
    const several = await app.sql('--checks')
    expect(several.err).toMatch(/^prisma-envelope sql: Found several model maps: .* with `--models <folder>`\.\n$/)
    expect([none, several].map(({ code, out }) => [code, out])).toEqual([
      [1, ''],
      [1, ''],
    ])
  })

  it('fails on one line for a path without a model map, and for another file', async ({ app }) => {
    await app.write('other.ts', 'export const other = 1\n')
    await app.write('other.txt', 'other')
    for (const path of ['nowhere', 'other.ts', 'other.txt', 'a\0b']) {
      const { code, out, err } = await app.sql('--checks', '--models', path)
      expect(err).toMatch(new RegExp(`^prisma-envelope sql: .*${path}.*prisma generate.*\\n$`))
      expect([code, out]).toEqual([1, ''])
    }
  })

  it.for(['index.ts', 'index.js', 'encryption.ts'])(
    'says to pass the folder where the path is that of a module: %s',
    async (name, { app }) => {
      await app.write(`lib/models/${name}`, expectedModule)
      expect(await app.sql('--checks', '--models', `lib/models/${name}`)).toEqual({
        code: 1,
        out: '',
        err: `prisma-envelope sql: \`--models\` must be the folder with encryption.json, not a module. Pass "lib/models" instead of "lib/models/${name}", after \`prisma generate\`.\n`,
      })
    },
  )

  it('fails on one line where the file cannot be read', async ({ app }) => {
    await app.write('lib/models/encryption.json/in-a-folder', '')
    expect(await app.sql('--checks', '--models', 'lib/models')).toEqual({
      code: 1,
      out: '',
      err: 'prisma-envelope sql: lib/models/encryption.json cannot be read (EISDIR). Make it a readable file, or run `prisma generate`.\n',
    })
  })

  it.for<[string, string]>([
    ['not JSON', '<<<<<<< HEAD\n'],
    ['of the version before', expectedMapFile.replace('"version": 2', '"version": 1')],
    ['of a later version', expectedMapFile.replace('"version": 2', '"version": 3')],
    ['damaged', expectedMapFile.replace('"equality"', '"equal"')],
  ])('fails on one line where the file is %s: run prisma generate', async ([, text], { app }) => {
    await app.write('generated/encryption/encryption.json', text)
    const { code, out, err } = await app.sql('--checks')
    expect(err).toMatch(/^prisma-envelope sql: generated\/encryption\/encryption\.json .*`prisma generate`.*\n$/)
    expect([code, out]).toEqual([1, ''])
  })

  it.for<[string[], string]>([
    [[], 'nothing to print; pass --checks, --keys or --jobs'],
    [['--checks', '--keys'], "option '--checks' cannot be used with option '--keys'"],
    [['--key'], "unknown option '--key'. (Did you mean --keys?)"],
    [['--check'], "unknown option '--check'. (Did you mean --checks?)"],
    [['--checks', 'x'], "too many arguments for 'sql'. Expected 0 arguments but got 1"],
    [['--checks', '--models'], "option '--models <folder>' argument missing"],
    [['--checks=1'], "unknown option '--checks=1'. (Did you mean --checks?)"],
  ])('refuses the arguments %j', async ([args, complaint], { app }) => {
    expect(await app.sql(...args)).toEqual({
      code: 2,
      out: '',
      err: `prisma-envelope sql: ${complaint}${complaint.endsWith(')') ? '' : '.'} Try \`prisma-envelope sql --help\`.\n`,
    })
  })

  it('explains itself', async ({ app }) => {
    const { code, out, err } = await app.sql('--checks', '--help')
    expect(out).toMatch(/^Usage: prisma-envelope sql \[options\]\n/)
    expect(out).toContain('\nExample:\n')
    expect(out).toContain('--models <folder>')
    expect([code, err]).toEqual([0, ''])
  })
})
