import { expect, it } from 'vitest'
import { keysPsl } from '../../src/cli/keys-psl.js'
import { databases } from '../../src/databases/index.js'
import { runCommand } from '../cli/run-command.js'
import { providers } from '../schema/key-table-text.js'
import { createWorkspace } from './in-process.js'
import { createProject, head } from './prisma-generate.js'

it.each(providers)(
  '`prisma generate` accepts what `sql --keys` prints, on %s',
  { timeout: 120_000 },
  async (provider) => {
    const project = await createProject()
    try {
      const { remedy, shortDefaultText } = databases[provider].columns
      const native = shortDefaultText === undefined ? '' : ` ${remedy.text.replaceAll('`', '')}`
      const patient = `model Patient {\n  id Int @id\n  email String${native} /// @encrypted\n}\n`
      const models = keysPsl({ version: 2, provider, models: {} })
      await project.write({ 'prisma/schema.prisma': `${head({ provider })}\n${patient}\n${models}` })
      const { code, output } = await project.generate()
      expect(output).toContain('1 field, 0 indexes. Key table: DataKey, DataKeyCount.')
      expect(output).not.toContain('warning')
      expect(code).toBe(0)
      expect(await project.read('prisma/prisma-envelope.lock.json')).toContain(
        '"keyTable": { "keys": "DataKey", "counts": "DataKeyCount" }',
      )
      const again = await runCommand(['sql', '--keys'], project.folder)
      expect(again).toMatchObject({ code: 0, out: expect.stringContaining('has a key table already') })
    } finally {
      await project.remove()
    }
  },
)

it('the lock file is written for a key table alone', async () => {
  const workspace = await createWorkspace()
  try {
    const run = await workspace.generate(keysPsl({ version: 2, provider: 'postgresql', models: {} }))
    expect(run.error).toBeUndefined()
    expect(await workspace.read('prisma/prisma-envelope.lock.json')).toContain('"keyTable": {')
  } finally {
    await workspace.remove()
  }
})
