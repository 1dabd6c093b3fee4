import type { Encryption } from '../../management/encryption.js'

/** The verbs over all rows that have a command. */
export type JobVerb =
  | 'backfill'
  | 'census'
  | 'checkTenants'
  | 'eject'
  | 'leakage'
  | 'reencrypt'
  | 'reindex'
  | 'rewrap'
  | 'verify'

/** Without the names of models and fields, which are another client's types. */
type Jobs = {
  [V in JobVerb]: (
    options?: Omit<NonNullable<Parameters<Encryption[V]>[0]>, 'models' | 'fields'>,
  ) => ReturnType<Encryption[V]>
}

/** A client that `fieldEncryption` extends, as far as the command line uses it. */
export interface ConfiguredClient {
  /** Its management face. */
  readonly $encryption: Pick<
    Encryption,
    | 'doctor'
    | 'canDelete'
    | 'status'
    | 'jobs'
    | 'forgetJob'
    | 'exportKeys'
    | 'importKeys'
    | 'move'
    | 'shred'
    | 'replayShred'
    | 'close'
  > &
    Jobs
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
