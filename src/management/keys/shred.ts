import { EnvelopeConfigError, EnvelopeJobError } from '../../errors.js'
import { ownerOf } from '../../keys/index.js'
import {
  type CountTables,
  type CountTarget,
  census,
  type ErasedKey,
  erasedLine,
  type KeyRecords,
  type ShredReport,
  shredTenant,
  systemTimer,
  type TenantValues,
} from '../../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import type { TenantId } from '../../tenancy/index.js'
import { withinBounds } from '../bounds.js'
import { answered } from '../census/answered.js'
import { countedKeys, countTargets } from '../census/targets.js'
import { recordsFor } from './key-records.js'

/** How long `$encryption.shred` waits before it says that it is done. */
export interface ErasureWait {
  /**
   * Whether to wait until no process uses an erased key any more: `revalidate + grace` of this client, and `transactionTimeout`.
   * Without it, the report never says that it is done. Default: `true`.
   */
  wait?: boolean
  /** How long the longest interactive transaction of any process may take (ms). Default: Prisma's own, 5,000. */
  transactionTimeout?: number
  /** Stops after the row that is under way, or while it waits. */
  signal?: AbortSignal
  /** Called when it begins to wait, with how long that takes (ms). */
  onWait?: (milliseconds: number) => void
}

/** Which tenant `$encryption.shred` erases, and how. */
export interface ShredOptions extends ErasureWait {
  /** The tenant whose data keys are erased. */
  tenant: TenantId
  /** Counts what would be erased and what is in the way, and changes nothing. Default: `false`. */
  dryRun?: boolean
  /** Called for each erased key with a line for the list that `$encryption.replayShred` takes: keep it outside of the database. */
  onErased?: (line: string) => void
}

const OPTIONS: OptionNames<ShredOptions> = {
  tenant: true,
  dryRun: true,
  wait: true,
  transactionTimeout: true,
  signal: true,
  onWait: true,
  onErased: true,
}

/** Prisma's default for interactive transactions (ms). */
const TRANSACTION_TIMEOUT = 5_000

const VERB = '$encryption.shred'

/** `$encryption.shred`. */
export async function shred(
  runtime: EncryptionRuntime,
  tables: CountTables | undefined,
  records: KeyRecords | undefined,
  options: ShredOptions,
): Promise<ShredReport> {
  refuseUnknownOptions(VERB, options, OPTIONS)
  // Prisma's own way to leave something out: every tenant's keys must never be meant by it.
  if (options?.tenant === undefined) throw invalid('`tenant` is required')
  const { dryRun = false, signal, onErased, onWait } = options
  const { models, keys } = runtime
  const wait = waitOf(VERB, runtime, options)
  const tenant = withinBounds(runtime, options.tenant)
  if (tenant === models.sharedTenant)
    throw invalid('the shared tenant cannot be erased: its rows belong to all tenants')
  const rows = recordsFor(VERB, records)
  if (tables === undefined)
    throw invalid(`it does not run on ${models.provider}: it needs PostgreSQL, MySQL, MariaDB or SQLite`)
  const targets = countTargets(runtime, undefined, undefined)
  await answered(VERB, () => refuseHidden(runtime, tables, targets))
  const shredded = await shredTenant(
    {
      records: rows,
      timer: systemTimer,
      count: () => answered(VERB, () => valuesOf(runtime, tables, targets, tenant), 'What was done stays.'),
      refuse: (values) => refuseValues(tenant, values),
      assertTenant: async () => void (await keys.known.of(tenant)),
      evict: () => keys.evict(tenant),
    },
    {
      ...{ owner: ownerOf(runtime.app, tenant), tenant, dryRun, wait, signal, onWait },
      onErased: (key: ErasedKey) => onErased?.(erasedLine(key)),
    },
  )
  return {
    ...shredded,
    shared: targets.filter(({ isShared }) => isShared).map(({ model }) => model),
    indexes: targets.flatMap(({ model, columns, isShared }) =>
      isShared ? [] : columns.flatMap(({ indexFields }) => indexFields.map((field) => `${model}.${field}`)),
    ),
  }
}

/** How long to wait (ms); `undefined` for not at all. */
export function waitOf(verb: string, { keys }: EncryptionRuntime, options: ErasureWait): number | undefined {
  const { wait = true, transactionTimeout = TRANSACTION_TIMEOUT } = options
  if (!(Number.isFinite(transactionTimeout) && transactionTimeout >= 0))
    throw invalid('`transactionTimeout` must be a number of milliseconds, 0 or more', verb)
  return wait ? keys.erasedWithin + transactionTimeout : undefined
}

/** More groups than there can be of one tenant: what is summed up is not told apart. */
const ALL_GROUPS = 2 ** 31 - 1

async function valuesOf(
  runtime: EncryptionRuntime,
  tables: CountTables,
  targets: readonly CountTarget[],
  tenant: string,
): Promise<TenantValues[]> {
  const { models } = runtime
  // Where a tenant has several spellings in the database, all of them are counted: rather too many than too few.
  const folds = models.uuidTenants || models.foldingTenants
  const how = { byTenant: true, byDataKey: false, most: ALL_GROUPS, keys: countedKeys(runtime), countsKeys: false }
  const owned = targets.filter(({ table, isShared }) => table.tenant !== undefined || isShared)
  const others = targets.filter((target) => !owned.includes(target))
  const counted = await census(tables, owned, { ...how, tenant: folds ? undefined : tenant })
  // Without a tenant column, a value in plaintext may be any tenant's: this one's, too.
  const ownerless = await census(tables, others, { ...how, tenant: undefined })
  const isAnybodys = new Set(others.map(({ model }) => model))
  const values = [...counted.values, ...ownerless.values]
  const isOfTenant = (of: string | undefined): boolean =>
    folds ? of !== undefined && folded(of) === folded(tenant) : of === tenant
  const byField = new Map<string, { -readonly [K in keyof TenantValues]: TenantValues[K] }>()
  for (const { model, field, tenant: of, state, placement, values: count } of values) {
    const mayBeOfTenant = of === undefined && state !== 'sealed' && isAnybodys.has(model)
    if (!isOfTenant(of) && !mayBeOfTenant) continue
    const name = `${model}.${field}`
    const sum = byField.get(name) ?? { model, field, inline: 0, table: 0, plaintext: 0, unreadable: 0 }
    byField.set(name, sum)
    sum[state === 'sealed' ? (placement ?? 'inline') : state] += count
  }
  return [...byField.values()]
}

function folded(tenant: string): string {
  return tenant.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trimEnd()
}

function refuseValues(tenant: string, values: readonly TenantValues[]): void {
  const left = values.flatMap(({ model, field, inline, plaintext, unreadable }) =>
    [
      inline > 0 ? `${inline} inline` : '',
      plaintext > 0 ? `${plaintext} in plaintext` : '',
      unreadable > 0 ? `${unreadable} unreadable` : '',
    ]
      .filter((part) => part !== '')
      .map((part) => `${model}.${field} ${part}`),
  )
  if (left.length === 0) return
  throw new EnvelopeJobError(
    'ENVELOPE_VALUES_LEFT',
    `${VERB}: values of the tenant would outlive its data keys: ${left.join(', ')}. Nothing was erased. Move inline values to the key table by $encryption.rewrap({ placement: 'table' }), encrypt plaintext by $encryption.backfill, or delete the rows; then call it again (docs/scale.md#erase-a-tenants-data-for-good).`,
    { tenant },
  )
}

/** What this user is not shown cannot be counted. */
async function refuseHidden(
  runtime: EncryptionRuntime,
  tables: CountTables,
  targets: readonly CountTarget[],
): Promise<void> {
  const keys = countedKeys(runtime)
  for (const table of [...targets.map((target) => target.table), ...(keys === undefined ? [] : [keys])]) {
    if (await tables.hides(table))
      throw invalid(
        `row-level security hides rows of ${table.table} from this database user, so that nothing says whether all values were counted. Use a user that it does not apply to`,
      )
  }
}

function invalid(what: string, verb = VERB): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `${verb}: ${what}.`)
}
