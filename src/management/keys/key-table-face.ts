import type { KeyImportReport, ReplayReport, ShredReport } from '../../operations/index.js'
import type { ExportKeysOptions } from './export-keys.js'
import type { ImportKeysOptions } from './import-keys.js'
import type { ReplayShredOptions } from './replay-shred.js'
import type { ShredOptions } from './shred.js'

/** The part of `prisma.$encryption` that writes the key table out, reads it in and erases it. */
export interface KeyTableFace {
  /**
   * The rows of the key table, each as a line of JSON. The data keys in them are wrapped: nothing is secret but for who may have KMS
   * unwrap them.
   *
   * @example
   * ```ts
   * for await (const line of prisma.$encryption.exportKeys({ tenant: 'acme' })) file.write(`${line}\n`)
   * ```
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database fails, `ENVELOPE_TENANT_BOUND` for a different tenant than the one that the
   * client is bound to, `ENVELOPE_CONFIG_INVALID` if the schema has no key table.
   */
  exportKeys(options?: ExportKeysOptions): AsyncIterable<string>

  /**
   * Adds the rows of {@link exportKeys} that the key table does not have. Rows that are there stay as they are, and a key that was
   * erased stays erased. An imported key opens, and seals nothing new. Lines that are damaged, of another application or of a tenant
   * that does not own them are refused, and named in the report. KMS is not asked.
   *
   * @example
   * ```ts
   * const { inserted, refused } = await prisma.$encryption.importKeys(file.readLines(), { tenant: 'acme' })
   * ```
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database fails, `ENVELOPE_TENANT_BOUND` for a different tenant than the one that the
   * client is bound to, `ENVELOPE_CONFIG_INVALID` if the schema has no key table.
   */
  importKeys(lines: Iterable<string> | AsyncIterable<string>, options?: ImportKeysOptions): Promise<KeyImportReport>

  /**
   * Erases the data keys of a tenant, so that none of its values opens again, and waits until no process uses one any more. Stop
   * writing for the tenant first: what is written afterwards gets a new data key. It can be stopped, killed and called again.
   *
   * @example
   * ```ts
   * const counted = await prisma.$encryption.shred({ tenant: 'acme', dryRun: true })
   * const { done } = await prisma.$encryption.shred({ tenant: 'acme', onErased: (line) => file.appendFileSync(`${line}\n`) })
   * ```
   * @throws `ENVELOPE_VALUES_LEFT` while a value of the tenant carries its own wrapped key, is plaintext, or cannot be read;
   * `ENVELOPE_JOB_INTERRUPTED` if the database fails, `ENVELOPE_TENANT_BOUND` for a different tenant than the one that the client is
   * bound to, `ENVELOPE_TENANT_UNKNOWN` if there is none of this name and nothing of it was found, `ENVELOPE_CONFIG_INVALID`.
   */
  shred(options: ShredOptions): Promise<ShredReport>

  /**
   * Erases the keys again that a list of {@link shred} names: after a restore of the key table, which brings them back.
   *
   * @example
   * ```ts
   * const { done } = await prisma.$encryption.replayShred(file.readLines())
   * ```
   * @throws `ENVELOPE_JOB_INTERRUPTED` if the database fails, `ENVELOPE_TENANT_BOUND` for a different tenant than the one that the
   * client is bound to, `ENVELOPE_CONFIG_INVALID` if the schema has no key table.
   */
  replayShred(lines: Iterable<string> | AsyncIterable<string>, options?: ReplayShredOptions): Promise<ReplayReport>
}
