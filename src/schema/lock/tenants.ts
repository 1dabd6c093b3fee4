import type { Datamodel, Model } from '../dmmf.js'
import type { Problem } from '../problems.js'
import { type ColumnRecord, type Lock, lineOf, type ModelRecord, partsOf, type TenantRecord } from './record.js'

/** Where changes of the schema are explained. */
export const page = 'docs/schema-changes.md'

/** What is compared about one model. */
export interface TenantChange {
  /** The model's name in the lock file. */
  readonly former: string
  readonly model: Model
  readonly before: TenantRecord | undefined
  readonly now: ModelRecord
  /** The fields whose values would have to be sealed again: its own, and those of models that get their tenant from it. */
  readonly sealed: readonly string[]
  /** The name in the lock file of a model of the schema. */
  formerName(model: string): string
}

/**
 * Why which tenant owns a row cannot change as the schema changes it, and what to do first; `undefined` if no stored value
 * depends on the difference.
 */
export function tenantDifference(change: TenantChange): string | undefined {
  const { former, model, before, now, sealed } = change
  const { tenant } = now
  const line = `write \`${lineOf(model.name, now)}\` for the line of ${former} in the lock file`
  if (before === undefined || before === 'bound') {
    if (tenant === undefined || tenant === 'bound' || sealed.length === 0) return undefined
    return (
      `it already had encrypted fields, each sealed for whichever tenant the call was bound to, and now ${sentence(tenant)}. ` +
      `Write \`/// @encrypted.bound\` above the model instead, which leaves them as they are. To change it, first ${again(sealed)} (${page}), then ${line}.`
    )
  }
  if (tenant === undefined) {
    return (
      `the lock file says that ${sentence(before)}, and ${annotation(before)} is gone: tenants would no longer be limited to their own ` +
      `rows, and nothing would say which tenant's key opens them. Write ${remedy(before)} again instead. To do without, see ${page}, then ${line}.`
    )
  }
  if (same(change, before, tenant) || sealed.length === 0) return undefined
  if (isColumn(before) && isColumn(tenant) && isSameColumn(before, tenant)) {
    return (
      `the type of its tenant column ${tenant.field} was ${before.type}, and is ${tenant.type} now: rows open only for the tenant ` +
      `that they were sealed for, in the same spelling. Write the previous type instead. If every tenant keeps its spelling, ${line} (${page}).`
    )
  }
  return (
    `the lock file says that ${sentence(before)}, and now ${sentence(tenant)}: a value opens only for the tenant that it was sealed for. ` +
    `Write ${remedy(before)} instead. If every row keeps its tenant, as after a rename, ${line}; otherwise first ${again(sealed)}${byMove(before)} (${page}).`
  )
}

/** What to do before the line may be written. */
function again(sealed: readonly string[]): string {
  return `seal every value of ${sealed.join(', ')} again for the tenant that owns its row now`
}

/** Rows of which nothing said whose they were cannot be moved. */
function byMove(before: TenantRecord): string {
  return typeof before === 'string' ? '' : ', by `prisma-envelope move` with the schema as it was'
}

function sentence(record: TenantRecord): string {
  if (record === 'shared') return 'its rows are shared'
  if (record === 'bound') return 'its rows are of the tenant that a call is bound to'
  if (isColumn(record)) return `its tenant column is ${record.field}`
  return `its rows are of the tenant of their ${record.model} (by ${record.through.join(', ')})`
}

function annotation(record: TenantRecord): string {
  return typeof record === 'string' ? `\`@encrypted.${record}\`` : '`@encrypted.tenant`'
}

function remedy(record: TenantRecord): string {
  if (typeof record === 'string') return `\`/// @encrypted.${record}\` above the model`
  const place = isColumn(record) ? record.field : `the relation to ${record.model} over ${record.through.join(', ')}`
  return `\`/// @encrypted.tenant\` on ${place}`
}

/** Whether nothing stored depends on the difference: the field or relation was renamed, not its columns. */
function same({ formerName }: TenantChange, before: TenantRecord, now: TenantRecord): boolean {
  if (typeof before === 'string' || typeof now === 'string') return before === now
  if (isColumn(before)) return isColumn(now) && isSameColumn(before, now) && before.type === now.type
  return !isColumn(now) && before.model === formerName(now.model) && before.through.join() === now.through.join()
}

function isSameColumn(before: ColumnRecord, now: ColumnRecord): boolean {
  return before.field === now.field || (before.column ?? before.field) === (now.column ?? now.field)
}

function isColumn(record: TenantRecord): record is ColumnRecord {
  return typeof record === 'object' && 'field' in record
}

/**
 * The encrypted fields that the lock file has of a model, and of those whose tenant comes from it, by the schema's
 * relations.
 */
export function sealedBelow(
  lock: Lock,
  datamodel: Datamodel,
  tenants: ReadonlyMap<string, TenantRecord>,
  formerName: (model: string) => string,
  model: string,
): string[] {
  const below = datamodel.models.map(({ name }) => name).filter((name) => passes(tenants, name, model))
  return [model, ...below].flatMap((name) =>
    [...lock.fields].flatMap(([place, record]) =>
      partsOf(place)[0] === formerName(name) && !('index' in record) ? [place] : [],
    ),
  )
}

/** Whether the tenant of a model comes from another. */
function passes(tenants: ReadonlyMap<string, TenantRecord>, from: string, model: string): boolean {
  const seen = new Set<string>()
  for (let name = from; !seen.has(name); ) {
    seen.add(name)
    const tenant = tenants.get(name)
    if (tenant === undefined || typeof tenant === 'string' || isColumn(tenant)) return false
    if (tenant.model === model) return true
    name = tenant.model
  }
  return false
}

/** The shared tenant's name is in every shared envelope. */
export function sharedTenantProblem(before: string | undefined, now: string | undefined): Problem[] {
  if (before === undefined || now === undefined || before === now) return []
  return [
    {
      model: 'generator',
      message:
        `\`sharedTenant\` was ${JSON.stringify(before)}, and is ${JSON.stringify(now)} now: every shared row is sealed for the previous name, and opens for no other. ` +
        `Write \`sharedTenant = ${JSON.stringify(before)}\` instead. To change it, first seal the shared rows again (${page}), then write ` +
        `\`"sharedTenant": ${JSON.stringify(now)}\` into the lock file.`,
    },
  ]
}
