import { it as base, describe, expect } from 'vitest'
import { expectedLock, expectedMapFile, expectedModule, models } from './clinic-schema.js'
import { createProject, head, main, type Project, repository, run } from './prisma-generate.js'

/** Each starts the Prisma CLI, which takes a second on an idle machine. */
const timeout = 120_000

const it = base.extend<{ project: Project }>({
  project: async ({ onTestFinished }, use) => {
    const project = await createProject()
    onTestFinished(() => project.remove())
    await use(project)
  },
})

describe.each(['prisma-client', 'prisma-client-js'])('prisma generate with %s', { timeout }, (client) => {
  it('writes the module, its map as JSON, and the lock file', async ({ project }) => {
    await project.write({ 'prisma/schema.prisma': head({ client }) + models })
    const { code, output } = await project.generate()
    expect(output).toContain('Generated prisma-envelope')
    expect(output).not.toContain('warning')
    expect(code).toBe(0)
    expect(await project.read('src/generated/encryption/index.ts')).toBe(expectedModule)
    expect(await project.read('src/generated/encryption/encryption.json')).toBe(expectedMapFile)
    expect(await project.read('prisma/prisma-envelope.lock.json')).toBe(expectedLock)
  })

  it('reads a schema of several files, and keeps the lock file in its folder', async ({ project }) => {
    const [clinic = '', patient = ''] = models.split(/(?=model Patient)/)
    await project.write({
      'prisma/schema.prisma': head({ client }),
      'prisma/models/clinic.prisma': clinic,
      'prisma/models/patient.prisma': patient,
    })
    expect(await project.generate('prisma')).toMatchObject({ code: 0 })
    expect(await project.read('prisma/prisma-envelope.lock.json')).toBe(expectedLock)
    expect(await project.read('src/generated/encryption/index.ts')).toBe(expectedModule)
  })

  it('fails with all that is wrong, without a stack, and writes nothing', async ({ project }) => {
    const fields = 'email String @unique /// @encrypted\n  ssn String // @encrypted\n  pin String /// @encypted'
    await project.write({
      'prisma/schema.prisma': `${head({ client })}\nmodel Patient {\n  id Int @id\n  ${fields}\n}\n`,
    })
    const { code, output } = await project.generate()
    expect(code).not.toBe(0)
    expect(output).toContain('prisma-envelope cannot honour this Prisma schema, for 3 reasons:')
    expect(output).toContain('  Patient.email: a unique field cannot be encrypted')
    expect(output).toContain('  Patient.ssn: the annotation is in an ordinary comment')
    expect(output).toContain(
      '  Patient.pin: `@encypted` (comment column 1) is not an annotation. Write `@encrypted` instead.',
    )
    expect(output).not.toMatch(/^\s+at /m)
    await expect(project.read('src/generated/encryption/index.ts')).rejects.toThrow('ENOENT')
    await expect(project.read('prisma/prisma-envelope.lock.json')).rejects.toThrow('ENOENT')
  })
})

describe('prisma generate', { timeout }, () => {
  it('shows warnings and writes to ../generated/encryption if no output is set', async ({ project }) => {
    const patient =
      'model Patient {\n  id Int @id\n  email String /// @encrypted\n  i Bytes? /// @encrypted.index(email)\n}\n'
    await project.write({ 'prisma/schema.prisma': `${head({ encryption: '' })}\n${patient}` })
    const { code, output } = await project.generate()
    expect(output).toContain('prisma-envelope: warning: Patient.i: no database index covers this column')
    expect(code).toBe(0)
    expect(await project.read('generated/encryption/index.ts')).toContain('Patient.email')
  })
})

describe('a client that was generated alone', { timeout: 300_000 }, () => {
  it.for([
    ['prisma-client', 'client.ts'],
    ['prisma-client-js', 'index.js'],
  ])('refuses the model map of the previous schema (%s)', async ([client, file], { project }) => {
    const schema = (annotation: string) =>
      `${head({ client: client ?? '', provider: 'sqlite' })}\nmodel Patient {\n  id Int @id\n  email String /// @encrypted\n  ssn String ${annotation}\n}\n`
    const extend = `import { PrismaLibSql } from '@prisma/adapter-libsql'
import { fieldEncryption } from '${repository}/src/index.js'
import { encryptedModels } from './src/generated/encryption/index.js'
import * as generated from './src/generated/prisma/${file}'
const { PrismaClient } = generated.default ?? generated
const client = new PrismaClient({ adapter: new PrismaLibSql({ url: ':memory:' }) })
const kms = { generateDataKey() {}, unwrapDataKey() {}, describeKey() {} }
try {
  client.$extends(fieldEncryption({ models: encryptedModels, app: 'test', kms, cmk: 'alias/a' }))
  console.log('extended')
} catch (error) {
  console.log(error.code, error.message)
}
`
    const outcome = () => run(process.execPath, ['--import', 'tsx', 'extend.mts'], project.folder)
    await project.write({ 'prisma/schema.prisma': schema(''), 'extend.mts': extend })
    await project.generate()
    expect((await outcome()).output).toBe('extended\n')

    await project.write({ 'prisma/schema.prisma': schema('/// @encrypted') })
    await project.generate('prisma/schema.prisma', '--generator', 'client')
    expect((await outcome()).output).toMatch(
      /^ENVELOPE_CONFIG_INVALID The client and the model map were generated from different schemas/,
    )

    await project.generate()
    expect((await outcome()).output).toBe('extended\n')
    // The other way round.
    await project.write({ 'prisma/schema.prisma': schema('') })
    await project.write({ 'prisma/prisma-envelope.lock.json': '{ "version": 2, "models": {}, "fields": {} }' })
    await project.generate('prisma/schema.prisma', '--generator', 'encryption')
    expect((await outcome()).output).toMatch(/^ENVELOPE_CONFIG_INVALID/)
  })
})

describe('the bin', { timeout }, () => {
  it('run by hand, says what it is', async () => {
    const { PRISMA_GENERATOR_INVOCATION: _, ...env } = process.env
    const { code, output } = await run(process.execPath, ['--import', 'tsx', main, '--help'], repository, env)
    expect(output).toMatch(/^Usage: prisma-envelope /)
    expect(code).toBe(0)
  })
})
