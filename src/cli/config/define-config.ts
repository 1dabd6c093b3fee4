import type { CensusOptions } from '../../management/census/census.js'
import type { CensusReport } from '../../management/census/report.js'
import type { Encryption } from '../../management/encryption.js'
import type { RewrapOptions, RewrapReport } from '../../management/rewrap.js'

/** A client that `fieldEncryption` extends, as far as the command line uses it. */
export interface ConfiguredClient {
  /** Its management face. */
  readonly $encryption: Pick<Encryption, 'doctor' | 'close'> & {
    rewrap(options?: Omit<RewrapOptions, 'models'>): Promise<RewrapReport>
    census(options?: Omit<CensusOptions, 'models'>): Promise<CensusReport>
  }
  /** Prisma's own. */
  $disconnect(): Promise<void>
}

/** What `prisma-envelope.config.ts` exports by default. */
export interface EnvelopeConfig {
  /** The application's extended client, or a function that makes one. It is disconnected when the command ends. */
  readonly client: ConfiguredClient | (() => ConfiguredClient | Promise<ConfiguredClient>)
  /** All tenants, for commands that visit each: ids as `cmk(tenant)` gets them. */
  readonly tenants?: () => Iterable<string> | Promise<Iterable<string>>
}

/**
 * The configuration of `npx prisma-envelope`, with its type: `prisma-envelope.config.ts`, beside `prisma.config.ts`.
 *
 * @throws nothing: a command that reads the file checks it.
 * @example
 * ```ts
 * import { defineConfig } from 'prisma-envelope/config'
 * import { prisma } from './src/db'
 *
 * export default defineConfig({
 *   client: prisma,
 *   tenants: async () => (await prisma.organization.findMany({ select: { id: true } })).map(({ id }) => id),
 * })
 * ```
 */
export function defineConfig(config: EnvelopeConfig): EnvelopeConfig {
  return config
}
