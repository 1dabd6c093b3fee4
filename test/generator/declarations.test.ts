import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { createWorkspace } from './in-process.js'
import { repository } from './prisma-generate.js'

const models = Array.from(
  { length: 60 },
  (_, i) => `model Patient${i} {
  id         Int    @id
  tenantId   String @default("") /// @encrypted.tenant
  email      String /// @encrypted
  emailIndex Bytes? @unique /// @encrypted.index(email, normalize: [trim, lowercase])
  notes      Json?  /// @encrypted
  photo      Bytes? /// @encrypted
  createdAt  DateTime @default(now())
}`,
).join('\n')

/** The declaration that TypeScript writes for a module that exports an extended client. */
function declarationOf(folder: string): string {
  const file = join(folder, 'db.ts')
  writeFileSync(
    file,
    `import { fieldEncryption, type KmsProvider } from '${repository}/src/index.js'
import type { PrismaClient } from '${repository}/test/generated/sqlite/client/client.js'
import { encryptedModels } from './encryption/index.js'
declare const plain: PrismaClient
declare const kms: KmsProvider
export const encryption = fieldEncryption({ models: encryptedModels, app: 'test', kms, cmk: 'alias/a' })
export const prisma = plain.$extends(encryption)
export const acme = prisma.$forTenant('acme')
`,
  )
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipLibCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    types: ['node'],
  })
  let written = ''
  const { diagnostics } = program.emit(program.getSourceFile(file), (name, text) => {
    if (name.endsWith('db.d.ts')) written = text
  })
  expect(diagnostics.map(({ messageText }) => messageText)).toEqual([])
  return written
}

it.each(['ts', 'js'])(
  'a client of 60 models is declared in less than 5 KB, by the name of their type (%s)',
  async (extension) => {
    const workspace = await createWorkspace()
    try {
      const { error } = await workspace.generate(models, { generatedFileExtension: extension })
      expect(error).toBeUndefined()
      const text = declarationOf(workspace.folder)
      expect(text).toContain('EncryptedModels')
      expect(text.length).toBeLessThan(5_000)
    } finally {
      await workspace.remove()
    }
  },
  180_000,
)
