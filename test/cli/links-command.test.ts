import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it as base, describe, expect } from 'vitest'
import { serializeModelMap } from '../../src/schema/model-map-file.js'
import { compilePsl } from '../schema/compile-psl.js'
import { type CommandRun, runCommand } from './run-command.js'

type Links = (blocks: string, ...args: string[]) => Promise<CommandRun>

const it = base.extend<{ links: Links }>({
  links: async ({ onTestFinished }, use) => {
    const cwd = await mkdtemp(join(import.meta.dirname, '.tmp-'))
    onTestFinished(() => rm(cwd, { recursive: true }))
    await use(async (blocks, ...args) => {
      await writeFile(join(cwd, 'encryption.json'), serializeModelMap((await compilePsl(blocks)).map))
      return runCommand(['links', '--models', '.', ...args], cwd)
    })
  },
})

const clinic = (accepted = ''): string => `model Clinic {
  id Int @id
  tenantId String /// @encrypted.tenant
  patients Patient[]
  rooms Room[]
}
model Patient {
  id Int @id
  tenantId String /// @encrypted.tenant
  clinicId Int
  clinic Clinic @relation(fields: [clinicId], references: [id])
}
model Room {
  id Int @id
  tenantId String /// @encrypted.tenant
  clinicId Int
  clinic Clinic @relation(fields: [clinicId], references: [id]) ${accepted}
}`

describe('prisma-envelope links', () => {
  it('lists the links that are not accepted, with what to write', async ({ links }) => {
    expect(await links(clinic('/// @encrypted(links: accepted)'))).toEqual({
      code: 0,
      out:
        'Patient.clinic: rows of two tenants can be linked: the foreign key to Clinic does not contain the tenant column. Write ' +
        '`fields: [tenantId, clinicId], references: [tenantId, id]` in its `@relation` and `@@unique([tenantId, id])` in Clinic ' +
        'instead. Or accept it: `/// @encrypted(links: accepted)`.\n1 relation, and 1 accepted.\n',
      err: '',
    })
    expect((await links(clinic())).out).toMatch(/^Patient\.clinic: .*\nRoom\.clinic: .*\n2 relations\.\n$/)
  })

  it('says so where there are none', async ({ links }) => {
    expect(await links('model Clinic {\n id Int @id\n}')).toEqual({ code: 0, out: '0 relations.\n', err: '' })
  })

  it('refuses other options', async ({ links }) => {
    expect(await links('model Clinic {\n id Int @id\n}', '--all')).toMatchObject({ code: 2, out: '' })
  })
})
