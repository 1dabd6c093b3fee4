import { chmod, readdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { it as base, describe, expect } from 'vitest'
import { companyText } from '../schema/company-text.js'
import { expectedLock, expectedMapFile, expectedModule, models } from './clinic-schema.js'
import { createWorkspace, type Workspace } from './in-process.js'
import { typeErrors } from './type-errors.js'

const it = base.extend<{ workspace: Workspace }>({
  workspace: async ({ onTestFinished }, use) => {
    const workspace = await createWorkspace()
    onTestFinished(() => workspace.remove())
    await use(workspace)
  },
})

const small = (...fields: string[]): string => `model Patient {\n  id Int @id\n  ${fields.join('\n  ')}\n}\n`
const lockFile = 'prisma/prisma-envelope.lock.json'
const module = 'encryption/index.ts'
const mapFile = 'encryption/encryption.json'

// A run of TypeScript takes seconds on a busy machine.
const wrote =
  'prisma-envelope: wrote prisma-envelope.lock.json. Commit it. Existing rows are still in plaintext, and are ' +
  'refused until they are encrypted (docs/existing-data.md).\n'

describe('the first run', () => {
  it.for([
    [['a String /// @encrypted(legacy: read, until: "2999-01-01")'], 'are read as they are (docs'],
    [
      ['a String /// @encrypted(legacy: read, until: "2999-01-01")', 'b String /// @encrypted'],
      'are refused until they are encrypted, but in fields that say `legacy: read` or `write: plain` (docs',
    ],
  ] as const)('says what becomes of existing rows: %j', async ([fields, words], { workspace }) => {
    expect((await workspace.generate(small(...fields))).stdout).toContain(words)
  })
})

describe('the generated module', { timeout: 60_000 }, () => {
  it('is a ModelMap, for nodenext and for bundlers', async ({ workspace }) => {
    expect((await workspace.generate(models)).error).toBeUndefined()
    expect(await workspace.read(module)).toBe(expectedModule)
    expect(typeErrors(workspace.folder, 'nodenext')).toEqual([])
    expect(typeErrors(workspace.folder, 'bundler')).toEqual([])
  })

  it.for(['esm', 'cjs'])('can be JavaScript (%s) with types, and is the same map', async (format, { workspace }) => {
    await workspace.generate(models)
    const { encryptedModels } = await import(pathToFileURL(join(workspace.folder, module)).href)

    await workspace.write('package.json', JSON.stringify({ type: format === 'esm' ? 'module' : 'commonjs' }))
    const run = await workspace.generate(models, { generatedFileExtension: 'js', moduleFormat: format })
    expect(run.error).toBeUndefined()
    // The .ts form of before is gone: TypeScript would prefer it.
    expect((await readdir(join(workspace.folder, 'encryption'))).sort()).toEqual([
      'encryption.json',
      'index.d.ts',
      'index.js',
    ])
    expect(typeErrors(workspace.folder, 'nodenext')).toEqual([])
    expect(typeErrors(workspace.folder, 'bundler')).toEqual([])
    const file = join(workspace.folder, 'encryption/index.js')
    const loaded = format === 'esm' ? await import(pathToFileURL(file).href) : createRequire(file)(file)
    expect(loaded.encryptedModels).toEqual(encryptedModels)
  })

  it('has the same map next to it as JSON', async ({ workspace }) => {
    for (const config of [{}, { generatedFileExtension: 'js' }]) {
      await workspace.generate(models, config)
      expect(await workspace.read(mapFile)).toBe(expectedMapFile)
    }
  })

  it('and the files next to it are not written again when nothing changed', async ({ workspace }) => {
    await workspace.generate(models)
    const states = () =>
      Promise.all(
        [module, mapFile, lockFile].map((file) =>
          stat(join(workspace.folder, file)).then(({ ino, mtimeMs }) => [ino, mtimeMs]),
        ),
      )
    const before = await states()
    await workspace.generate(models)
    expect(await states()).toEqual(before)
  })

  it('leaves no temporary file behind', async ({ workspace }) => {
    await workspace.generate(models)
    expect((await readdir(join(workspace.folder, 'encryption'))).sort()).toEqual(['encryption.json', 'index.ts'])
  })

  it('never displaces a file that somebody else wrote', async ({ workspace }) => {
    await workspace.write(module, 'export const mine = 1\n')
    expect((await workspace.generate(small(), { generatedFileExtension: 'js' })).error).toBeUndefined()
    expect(await workspace.read(module)).toBe('export const mine = 1\n')
  })

  it('says so when nothing is encrypted, and leaves no lock file', async ({ workspace }) => {
    const { error, stdout } = await workspace.generate(small('email String'))
    expect(error).toBeUndefined()
    expect(stdout).toBe(
      'prisma-envelope: warning: no field of this schema is encrypted: no comment in it says `/// @encrypted`.\n',
    )
    expect(await workspace.read(module)).toContain('No field of this schema is encrypted')
    await expect(workspace.read(lockFile)).rejects.toThrow('ENOENT')
  })

  it('is not touched when anything is wrong', async ({ workspace }) => {
    await workspace.generate(models)
    const wrong = await workspace.generate(small('email String @unique /// @encrypted'))
    expect(wrong.error).toContain('Patient.email: a unique field cannot be encrypted')
    expect(await workspace.read(module)).toBe(expectedModule)
    expect(await workspace.read(mapFile)).toBe(expectedMapFile)
    expect(await workspace.read(lockFile)).toBe(expectedLock)
  })
})

describe('the lock file', () => {
  it('keeps a field from being renamed without `as`', async ({ workspace }) => {
    await workspace.generate(small('email String /// @encrypted'))
    const lock = await workspace.read(lockFile)
    const refused = await workspace.generate(small('mail String /// @encrypted'))
    expect(refused.error).toContain('Patient.mail: it is new, and Patient.email of the lock file is gone.')
    expect(await workspace.read(lockFile)).toBe(lock)

    const renamed = await workspace.generate(small('mail String /// @encrypted(as: "Patient.email")'))
    expect(renamed.error).toBeUndefined()
    expect(await workspace.read(lockFile)).toBe(lock.replace('"Patient.email":', '"Patient.mail":'))
    expect(await workspace.read(module)).toContain("as: 'Patient.email'")
  })

  it('that is damaged fails and stays as it is', async ({ workspace }) => {
    await workspace.write(lockFile, '<<<<<<< HEAD\n{}\n')
    const { error } = await workspace.generate(small('email String /// @encrypted'))
    expect(error).toContain('prisma-envelope.lock.json: the lock file is damaged: it contains merge conflict markers.')
    expect(await workspace.read(lockFile)).toBe('<<<<<<< HEAD\n{}\n')
    await expect(workspace.read(module)).rejects.toThrow('ENOENT')
  })

  it('keeps a field from losing its annotation', async ({ workspace }) => {
    await workspace.generate(small('email String /// @encrypted'))
    const { error } = await workspace.generate(small('email String'))
    expect(error).toContain('Patient.email: the lock file has it as encrypted, and `@encrypted` is gone')
    expect(await workspace.read(module)).toContain("encrypted: { type: 'text', as: 'Patient.email' }")
  })

  it('of version 1 is upgraded, which one line says, once', async ({ workspace }) => {
    await workspace.write(lockFile, '{\n  "version": 1,\n  "names": {\n    "Patient.email": "person.mail"\n  }\n}\n')
    const { error, stdout } = await workspace.generate(small('email String /// @encrypted'))
    expect(error).toBeUndefined()
    expect(stdout).toBe(
      'prisma-envelope: prisma-envelope.lock.json was upgraded to version 2: all names are unchanged, and it now records types, tenant columns and indexes. Commit it.\n' +
        'prisma-envelope: encrypts Patient (email; tenant from context): 1 field, 0 indexes.\n',
    )
    expect(await workspace.read(lockFile)).toContain('"Patient.email": { "as": "person.mail", "type": "text" }')
    expect((await workspace.generate(small('email String /// @encrypted'))).stdout).not.toContain('version 2')
  })

  it('knows the models of a schema, so that a new field of an old one is reported', async ({ workspace }) => {
    await workspace.generate(small('email String /// @encrypted'))
    const { stdout } = await workspace.generate(
      small('email String /// @encrypted', 'ward String @default("none") /// @encrypted'),
    )
    expect(stdout).toMatch(/warning: Patient\.ward: the migration fills existing rows with the default/)
  })

  it('can be put elsewhere, relative to the schema file', async ({ workspace }) => {
    await workspace.generate(small('email String /// @encrypted'), { lockFile: '../locks/names.json' })
    expect(await workspace.read('locks/names.json')).toContain('"Patient.email": { "as": "Patient.email",')
    await expect(workspace.read(lockFile)).rejects.toThrow('ENOENT')
  })

  it('in another layout, or read-only, is left alone', async ({ workspace }) => {
    const text = '{"version":2,"fields":{"Patient.email":{"type":"text","as":"Patient.email"}},"models":{"Patient":{}}}'
    await workspace.write(lockFile, text)
    await chmod(join(workspace.folder, lockFile), 0o444)
    expect((await workspace.generate(small('email String /// @encrypted'))).error).toBeUndefined()
    expect(await workspace.read(lockFile)).toBe(text)
  })
})

describe('the generator block', () => {
  it.for<[string, Record<string, unknown>, string]>([
    [
      'an option that is misspelt',
      { lockfile: 'x' },
      'unknown option `lockfile`. Write `lockFile` instead (valid options are output, generatedFileExtension, moduleFormat, types, lockFile, sharedTenant).',
    ],
    [
      'an option that there is not',
      { colour: 'red' },
      'unknown option `colour`. Write one of output, generatedFileExtension, moduleFormat, types, lockFile, sharedTenant instead.',
    ],
    [
      'another extension',
      { generatedFileExtension: 'mts' },
      '`generatedFileExtension` cannot be "mts". Write "ts" or "js" instead.',
    ],
    [
      'another module format',
      { generatedFileExtension: 'js', moduleFormat: 'umd' },
      '`moduleFormat` cannot be "umd". Write "esm" or "cjs" instead.',
    ],
    ['a module format without JavaScript', { moduleFormat: 'cjs' }, 'Write `generatedFileExtension = "js"` as well.'],
    ['another patch', { types: 'keep' }, '`types` cannot be "keep". Write "patch" instead.'],
    ['a lock file that is no path', { lockFile: ['x'] }, '`lockFile` must be the path of a file'],
    ['two shared tenants', { sharedTenant: ['a', 'b'] }, 'Write for example `sharedTenant = "main"` instead.'],
  ])('refuses %s', async ([, config, message], { workspace }) => {
    const { error } = await workspace.generate(small(), config)
    expect(error).toContain('  generator encryption: ')
    expect(error).toContain(message)
  })

  it('prints warnings to people, not to Prisma', async ({ workspace }) => {
    const { replies, stdout } = await workspace.generate(
      small('email String /// @encrypted', 'i Bytes? /// @encrypted.index(email)'),
    )
    expect(replies).toEqual([{ jsonrpc: '2.0', id: 1, result: null }])
    expect(stdout).toMatch(/^prisma-envelope: warning: Patient\.i: no database index covers this column.*$/m)
  })

  it('says in one line what is encrypted, whose tenant column, and how many indexes, and in one what is unique', async ({
    workspace,
  }) => {
    expect((await workspace.generate(models)).stdout).toBe(
      wrote +
        'prisma-envelope: encrypts Patient (email, ssn, record, scan; tenant tenantId): 4 fields, 2 indexes.\n' +
        'prisma-envelope: unique within each tenant, not across tenants: Patient.ssnIndex. With `scope: global`, an index is unique ' +
        'across them, and finds a row before its tenant is known.\n',
    )
  })

  it('says which rows are shared, through what others get their tenant, and what is unique', async ({ workspace }) => {
    expect((await workspace.generate(companyText, { sharedTenant: 'main' })).stdout).toBe(
      wrote +
        'prisma-envelope: encrypts Template (body; tenant through team), User (email, name; tenant shared), Account (token; tenant through ' +
        'user), Session (token; tenant through user), Membership (title; tenant orgId), Envelope (subject, metadata; tenant orgId), Recipient ' +
        '(email, name; tenant through envelope), Field (value; tenant through recipient), Comment (text; tenant through envelope), Credential ' +
        '(secret; tenant orgId), Setting (value; tenant of each call): 14 fields, 6 indexes. Shared rows are of the tenant "main".\n',
    )
  })

  it('says in one line each what it cannot say of one field', async ({ workspace }) => {
    const login = (name: string) => `model ${name} {
  id Int @id
  email String /// @encrypted
  emailIndex Bytes? @unique /// @encrypted.index(email)
  orgId String${name === 'A' ? '' : '?'} /// @encrypted.tenant
  ${name === 'A' ? 'bs B[]' : 'aId Int\n  a A @relation(fields: [aId], references: [id])'}
  @@unique([orgId, id])
}
`
    const { stdout } = await workspace.generate(login('A') + login('B'), { sharedTenant: 'main' })
    expect(stdout.split('\n').slice(2, -1)).toEqual([
      'prisma-envelope: unique within each tenant, not across tenants: A.emailIndex, B.emailIndex. With `scope: global`, an index is ' +
        'unique across them, and finds a row before its tenant is known.',
      'prisma-envelope: warning: A.email, B.email have indexes and are not padded: which values are equal, and how long they are, together ' +
        'give away more than either (docs/search.md). Write `@encrypted(pad: 16)`, or `pad: none` to keep it so.',
      'prisma-envelope: warning: 1 relation can link rows of two tenants: B.a. `npx prisma-envelope links` prints what to write.',
      'prisma-envelope: warning: the database accepts duplicates of shared rows, whose tenant column is NULL, in B.orgId_id, and a ' +
        'unique input does not find them. Write a partial unique index in a migration if they must be unique.',
    ])
  })

  it('warns of two kinds of tenants', async ({ workspace }) => {
    const tenant = (name: string): string =>
      `model ${name} {\n  id String @id /// @encrypted.tenant\n  note String? /// @encrypted\n}\n`
    expect((await workspace.generate(tenant('Org') + tenant('Mailbox'))).stdout).toContain(
      'warning: the tenants are rows of Org (of Org) and of Mailbox (of Mailbox): a client that is bound to one kind',
    )
    const billing =
      'model Billing {\n  orgId String @id /// @encrypted.tenant\n  org Org @relation(fields: [orgId], references: [id])\n}\n'
    const org = tenant('Org').replace('}', '  billing Billing?\n}')
    expect((await workspace.generate(org + billing)).stdout).not.toContain('kind')
  })

  it('says so in one line of a large schema as well', async ({ workspace }) => {
    const many = Array.from({ length: 30 }, (_, i) => small('note String /// @encrypted').replace('Patient', `M${i}`))
    const { stdout } = await workspace.generate(many.join('\n'))
    expect(stdout).toMatch(
      /\nprisma-envelope: encrypts M0 \(note; tenant from context\), .*, and 18 more models: 30 fields, 0 indexes\.\n$/,
    )
  })

  it('warns of views in a schema with encrypted fields', async ({ workspace }) => {
    const client = 'generator client {\n provider = "prisma-client"\n output = "x"\n previewFeatures = ["views"]\n}\n'
    const view = 'view PatientList {\n  id Int @unique\n  email String\n}\n// view Patient {\n'
    const { stdout } = await workspace.generate(client + small('email String /// @encrypted') + view)
    expect(stdout.match(/warning: .*/g)).toEqual([
      expect.stringMatching(/^warning: PatientList: a view does not decrypt/),
    ])
    await workspace.write(lockFile, '{"version": 2, "models": {}, "fields": {}}')
    expect((await workspace.generate(client + small('email String') + view)).stdout).not.toContain('PatientList')
  })
})

describe('types = "patch"', () => {
  const types = { types: 'patch' }
  const client = (folder: string, provider = 'prisma-client') => [
    { name: 'client', provider: { value: provider }, output: { value: join(folder, 'client') }, config: {} },
  ]
  const declared = (name: string, type: string) => `export type ${name} = {\n  email?: ${type}\n}\n`
  /** What Prisma writes of a model, as far as it is patched. */
  const unique = (model: string) =>
    `export type ${model}WhereUniqueInput = Prisma.AtLeast<{\n  id?: number\n  emailIndex?: runtime.Bytes\n  email?: string\n}, "id" | "emailIndex">\n${[
      declared(`${model}WhereInput`, `Prisma.StringFilter<"${model}"> | string`),
      declared(`${model}ScalarWhereWithAggregatesInput`, `Prisma.StringWithAggregatesFilter<"${model}"> | string`),
      declared(`${model}OrderByWithRelationInput`, 'Prisma.SortOrder'),
      declared(`${model}OrderByWithAggregationInput`, 'Prisma.SortOrder'),
    ].join('')}`
  const indexed = (model: string) =>
    small('email String /// @encrypted', 'emailIndex Bytes? @unique /// @encrypted.index(email)').replace(
      'Patient',
      model,
    )

  it('patches a client that is there, and does not write it again', async ({ workspace }) => {
    await workspace.write('client/models/Patient.ts', unique('Patient'))
    const file = join(workspace.folder, 'client/models/Patient.ts')
    const run = () => workspace.generate(indexed('Patient'), types, client(workspace.folder))
    expect((await run()).error).toBeUndefined()
    const [text, { ino }] = [await workspace.read('client/models/Patient.ts'), await stat(file)]
    expect(text).toContain('"id" | "emailIndex", { email: string }>')
    expect((await run()).error).toBeUndefined()
    expect([await workspace.read('client/models/Patient.ts'), (await stat(file)).ino]).toEqual([text, ino])
  })

  it('patches all or nothing, and says where it stopped and what to do', async ({ workspace }) => {
    await workspace.write('client/models/Patient.ts', unique('Patient'))
    await workspace.write('client/models/Staff.ts', unique('Staff').replace('AtLeast', 'Exactly'))
    const { error } = await workspace.generate(indexed('Patient') + indexed('Staff'), types, client(workspace.folder))
    expect(error).toMatch(/Staff: `types = "patch"` cannot find one `export type .*` in .*client\/models\/Staff\.ts/)
    expect(error).toContain('so nothing was changed')
    expect(error).toContain('remove `types` from `generator encryption`')
    expect(await workspace.read('client/models/Patient.ts')).toBe(unique('Patient'))
    expect(await readdir(join(workspace.folder, 'client/models'))).toEqual(['Patient.ts', 'Staff.ts'])
    await expect(workspace.read(module)).rejects.toThrow('ENOENT')
    await expect(workspace.read(lockFile)).rejects.toThrow('ENOENT')
  })

  it('says so where Prisma names no client', async ({ workspace }) => {
    const other = client(workspace.folder, 'prisma-erd-generator')
    const { error } = await workspace.generate(indexed('Patient'), types, other)
    expect(error).toContain('generator encryption: `types = "patch"` has no client to patch')
    expect(error).toContain('run `prisma generate` without `--generator`')
  })

  it.for(['prisma-client', 'prisma-client-js'])('says so where %s wrote nothing', async (provider, { workspace }) => {
    const { error } = await workspace.generate(indexed('Patient'), types, client(workspace.folder, provider))
    expect(error).toMatch(
      /cannot find .*client\/(models\/Patient\.ts|index\.d\.ts), which `generator client` should have/,
    )
  })
})
