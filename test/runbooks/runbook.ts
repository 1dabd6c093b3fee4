import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RotateKeyOnDemandCommand } from '@aws-sdk/client-kms'
import { createClient } from '@libsql/client'
import { expect, onTestFinished, vi } from 'vitest'
import { localKms } from '../../src/kms/local-kms/index.js'
import { createApplication } from '../cli/application.js'
import { type CommandRun, runCommand } from '../cli/run-command.js'
import { blocksOf, page } from '../readme/documentation.js'
import type { EncryptedClient } from '../support/encrypted-client.js'

/** What a deployment changes, as code: options of `fieldEncryption`. */
export interface Deployment {
  readonly cmk: string
  /** Default: the test schema's models as they are. */
  readonly models?: string
  readonly more?: string
  /** Whether the schema has a model for data keys. */
  readonly keyTable?: true
}

/** Who asks KMS: the application, or a job. */
type Role = 'Application' | 'Job'

/** The actions that a KMS operation needs. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  describeKey: ['kms:DescribeKey'],
  generateDataKey: ['kms:GenerateDataKey'],
  generateMac: ['kms:GenerateMac'],
  rewrapDataKey: ['kms:ReEncryptFrom', 'kms:ReEncryptTo'],
  unwrapDataKey: ['kms:Decrypt'],
}

/**
 * A page of `docs/operations/` that is carried out: its commands, one after another as they stand there, in an application whose
 * deployments are done in between; and its policies, which must be what KMS was asked for, no more and no less.
 */
export async function openRunbook(path: string) {
  vi.stubEnv('TEST_DB', 'sqlite')
  onTestFinished(() => void vi.unstubAllEnvs())
  const text = page(path)
  // In blocks that belong to a numbered step.
  const commands = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)]
    .flatMap(([, block = '']) => block.split('\n').map((line) => line.trim()))
    .filter((line) => line.startsWith('npx prisma-envelope '))
    .map((line) => line.replace(/\s+#.*$/, ''))
  const application = await createApplication()
  const { folder } = application
  const log = join(folder, 'kms.log')
  writeFileSync(log, '')
  const asked: Record<Role, Set<string>> = { Application: new Set(), Job: new Set() }
  /** What was asked since the last time, for whom. */
  const note = (role: Role): void => {
    for (const operation of readFileSync(log, 'utf8').split('\n').filter(Boolean)) {
      for (const action of ACTIONS[operation] ?? [operation]) asked[role].add(action)
    }
    writeFileSync(log, '')
  }
  let deployments = 0
  let next = 0
  const kms = localKms({ file: join(folder, 'kms.json'), create: ['alias/*'] })
  return {
    /** A new version of the application, and of what jobs are configured with. Returns its client, as the application has it. */
    async deploy(deployment: Deployment): Promise<EncryptedClient> {
      deployments += 1
      const name = `client-${deployments}.ts`
      writeFileSync(join(folder, name), clientCode(deployment, log))
      await application.configure(
        `import { defineConfig } from '../../../src/cli/config/define-config.js'
import { open } from './${name}'
export default defineConfig({ client: open, tenants: async () => ['acme', 'globex'] })
`,
      )
      const made: { open(): EncryptedClient } = await import(pathToFileURL(join(folder, name)).href)
      return made.open()
    },
    /** What the application does. */
    async inApplication<T>(work: () => Promise<T>): Promise<T> {
      note('Job')
      const result = await work()
      note('Application')
      return result
    },
    /** Runs the next command of the page. */
    async run(command: string, code = 0): Promise<CommandRun> {
      expect(commands[next]).toBe(command)
      next += 1
      const done = await runCommand(command.split(' ').slice(2), folder)
      note('Job')
      expect(done.code, `${command}\n${done.out}\n${done.err}`).toBe(code)
      return done
    },
    /** What is no part of the page. */
    async aside(work: () => Promise<unknown>): Promise<void> {
      await work()
      writeFileSync(log, '')
    },
    /** New key material for a CMK, by KMS itself. */
    async rotate(alias: string): Promise<void> {
      const { cmk } = await kms.provider.describeKey({ keyId: alias })
      await kms.client.send(new RotateKeyOnDemandCommand({ KeyId: cmk.arn }))
    },
    /** Another hour, for everything in this process. */
    setTime(time: number): void {
      vi.useFakeTimers({ now: time, toFake: ['Date'] })
      onTestFinished(() => void vi.useRealTimers())
    },
    /** The table for data keys. */
    async addKeyTable(): Promise<void> {
      const database = createClient({ url: application.url })
      await database.executeMultiple(readFileSync('test/generated/sqlite/keys/schema.sql', 'utf8'))
      database.close()
    },
    /** What the column holds. */
    async storedSsn(): Promise<string[]> {
      const database = createClient({ url: application.url })
      const { rows } = await database.execute('SELECT ssn FROM patients ORDER BY id')
      database.close()
      return rows.map(({ ssn }) => String(ssn))
    },
    /** Nothing of the page was left out, and its policies are what was asked. */
    async end(): Promise<void> {
      note('Application')
      expect(commands.slice(next)).toEqual([])
      for (const role of ['Application', 'Job'] as const) {
        expect(policyOf(text, role), `the policy of the ${role.toLowerCase()}`).toEqual([...asked[role]].sort())
      }
    },
  }
}

/** The actions of the policy below the heading of that name. */
function policyOf(text: string, role: Role): string[] {
  const [, section = ''] = text.split(new RegExp(`^### ${role}$`, 'm'))
  const [block] = blocksOf(section).filter(({ language }) => language === 'json')
  const { Statement } = JSON.parse(block?.text ?? '{"Statement":[]}') as { Statement: { Action: string | string[] }[] }
  return [...new Set(Statement.flatMap(({ Action }) => Action))].sort()
}

function clientCode({ cmk, models = 'encryptedModels', more = '', keyTable }: Deployment, log: string): string {
  const generated = keyTable === true ? 'generated/sqlite/keys' : 'generated/sqlite'
  return `
import { appendFileSync } from 'node:fs'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { fieldEncryption } from '../../../src/index.js'
import { localKms } from '../../../src/kms/local-kms/index.js'
import { PrismaClient } from '../../${generated}/client/client.js'
import { encryptedModels } from '../../${generated}/encryption/index.js'
import { changedModels, withSsnIndex } from '../../support/changed-models.js'

const { provider } = localKms({ file: import.meta.dirname + '/kms.json', create: ['alias/*'] })
const logged = Object.fromEntries(
  Object.entries(provider).map(([name, call]) => [
    name,
    (...given) => {
      appendFileSync(${JSON.stringify(log)}, name + '\\n')
      return call(...given)
    },
  ]),
)
const adapter = new PrismaLibSql({ url: 'file:' + import.meta.dirname + '/test.db' })
export const open = () => new PrismaClient({ adapter }).$extends(
  fieldEncryption({
    models: ${models},
    app: 'clinic',
    kms: logged,
    cmk: ${cmk},
    indexCmk: 'alias/index',
    rewrap: 'off',
    ${more}
  }),
)
`
}
