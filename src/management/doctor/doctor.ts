import type { Delegates } from '../../prisma/lookups.js'
import { lowerFirst } from '../../prisma/query/index.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import type { KeyTableEntry, ModelMap } from '../../schema/model-map.js'
import type { TenantId } from '../../tenancy/index.js'
import { withinBounds } from '../bounds.js'
import { databaseFindings, type RawClient } from './database-findings.js'
import type { Finding } from './finding.js'
import { keyFindings } from './key-findings.js'

/** What `$encryption.doctor` looks at beside the database. */
export interface DoctorOptions {
  /** The tenants whose keys KMS is asked to use: five calls for each. Without this, none but the bound one's. */
  readonly tenants?: Iterable<TenantId>
}

/** `$encryption.doctor`. */
export async function doctor(
  runtime: EncryptionRuntime,
  client: Delegates,
  map: ModelMap,
  { tenants }: DoctorOptions = {},
): Promise<Finding[]> {
  const { bound } = runtime.context()
  const chosen = [...(tenants ?? (bound === undefined ? [] : [bound]))].map((tenant) => withinBounds(runtime, tenant))
  // Every delegate is on a client, and `$queryRawUnsafe` is.
  const findings = await databaseFindings(client as unknown as RawClient, map)
  if (runtime.keyTable !== undefined) findings.push(await keyTableFinding(client, runtime.keyTable))
  // One after another: a check of all tenants must not take KMS's quota from the application.
  for (const tenant of chosen) findings.push(...keyFindings(tenant, await runtime.keys.examine(tenant)))
  return findings
}

async function keyTableFinding(client: Delegates, { keys, counts }: KeyTableEntry): Promise<Finding> {
  const about = { check: 'key-table', subject: `${keys}, ${counts}` } as const
  try {
    for (const model of [keys, counts]) {
      await client[lowerFirst(model)]?.findMany({ take: 1, select: { id: true } })
    }
    return { ...about, outcome: 'ok', message: 'both tables can be read' }
  } catch {
    const message =
      'The tables cannot be read: values are sealed inline, and values of the key table do not open. Run the migrations, and let the database user SELECT, INSERT and UPDATE there (docs/scale.md).'
    return { ...about, outcome: 'problem', message, code: 'ENVELOPE_KEY_TABLE_UNAVAILABLE' }
  }
}
