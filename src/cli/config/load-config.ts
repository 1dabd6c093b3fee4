import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createJiti } from 'jiti'
import { EnvelopeConfigError } from '../../errors.js'
import type { Encryption } from '../../management/encryption.js'
import type { ConfiguredClient, EnvelopeConfig, JobVerb } from './define-config.js'

/** Where a configuration may be, relative to the application's folder. */
export const conventionalFiles = ['ts', 'mts', 'js', 'mjs', 'cjs'].map((ext) => `prisma-envelope.config.${ext}`)

/** A client of whose models nothing is known: names come from the command line, and each verb checks them. */
export interface LoadedClient extends ConfiguredClient {
  readonly $encryption: Omit<ConfiguredClient['$encryption'], JobVerb> & Pick<Encryption, JobVerb>
}

/** A configuration whose client is made. */
export interface LoadedConfig {
  readonly client: LoadedClient
  tenants(): Promise<string[] | undefined>
}

/**
 * The configuration in the file `given`, or in one of the conventional files. TypeScript needs no build, as with
 * `prisma.config.ts`. Throws `ENVELOPE_CONFIG_INVALID`, or what the file itself throws.
 */
export async function loadConfig(cwd: string, given: string | undefined): Promise<LoadedConfig> {
  const file = given ?? conventionalFiles.find((name) => existsSync(resolve(cwd, name)))
  if (file === undefined) {
    throw invalid(
      `There is no ${conventionalFiles[0]} here. Write one (docs/cli.md#configuration), or pass another file with \`--config <file>\`.`,
    )
  }
  const path = resolve(cwd, file)
  if (!existsSync(path))
    throw invalid(`There is no file ${file}. Pass the path of the configuration with \`--config <file>\`.`)
  const { client, tenants } = configIn(await createJiti(pathToFileURL(path).href).import(path, { default: true }), file)
  const made = typeof client === 'function' ? await client() : client
  if (!isExtended(made)) {
    throw invalid(
      `\`client\` in ${file} is not extended. Pass the client that \`new PrismaClient(…).$extends(fieldEncryption(…))\` returns, or a function that returns it.`,
    )
  }
  return {
    client: made,
    async tenants() {
      if (tenants === undefined) return undefined
      const all = await tenants()
      return [...all]
    },
  }
}

function configIn(value: unknown, file: string): EnvelopeConfig {
  if (typeof value === 'object' && value !== null && 'client' in value) {
    const { tenants } = value as Partial<EnvelopeConfig>
    if (tenants === undefined || typeof tenants === 'function') return value as EnvelopeConfig
    throw invalid(`\`tenants\` in ${file} must be a function that returns the ids of all tenants.`)
  }
  throw invalid(
    `${file} has no default export with a \`client\`. Write \`export default defineConfig({ client })\` in it.`,
  )
}

function isExtended(client: unknown): client is LoadedClient {
  return typeof client === 'object' && client !== null && '$encryption' in client && '$disconnect' in client
}

function invalid(message: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', message)
}
