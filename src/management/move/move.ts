import { carryOut, type MovePlan, OfAnotherTenant, prepareMove, RowMissing } from '../../operations/index.js'
import type { MoveStore } from '../../prisma/moved-rows.js'
import { canonicalTenant, checkOwner, type Model } from '../../prisma/query/index.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import { quoted } from '../../quoting/quote.js'
import { beyondBounds } from '../bounds.js'
import { invalid } from '../jobs/job-options.js'
import { counts, movedModels } from './moved-models.js'
import { checkMoveOptions, type MoveOptions, VERB } from './options.js'
import { moving, type Namer, refused, refuseReport } from './refusals.js'
import { type MoveReport, reportOf, shownKey } from './report.js'
import { type RowId, rowKey } from './row-id.js'

const MAX_ROWS = 10_000
const TRANSACTION_TIMEOUT = 60_000

/** `$encryption.move`. */
export async function move(
  runtime: EncryptionRuntime,
  store: MoveStore | undefined,
  options: MoveOptions,
): Promise<MoveReport> {
  checkMoveOptions(options)
  const { models } = runtime
  const { bound } = runtime.context()
  if (bound !== undefined) throw beyondBounds(bound)
  if (store === undefined)
    throw invalid(VERB, `it does not run on ${models.provider}: it needs PostgreSQL, MySQL, MariaDB or SQLite`)
  const { dryRun = false, maxRows = MAX_ROWS, transactionTimeout = TRANSACTION_TIMEOUT, links = 'check' } = options
  const root = rootOf(runtime, options)
  const to = canonicalTenant(models, options.to)
  checkOwner(models, root, to)
  // Also in a dry run, which needs none of its keys.
  await runtime.keys.known.of(to)
  const name: Namer = (model, key) => {
    const known = plan?.models.get(model)
    return known === undefined ? model : `${model} ${JSON.stringify(shownKey(store, known, key))}`
  }
  let plan: MovePlan | undefined
  return moving(name, maxRows, async () => {
    plan = await planOf(runtime, store, root, to, maxRows, options)
    const prepared = await prepareMove(store.rows, plan, cipherOf(runtime), {
      dryRun,
      bytes: (hex) => store.sql.text(Buffer.from(hex, 'hex')) ?? '',
    })
    const report = reportOf(models, store, prepared, dryRun)
    if (dryRun) return report
    refuseReport(report, links === 'check')
    await store.transaction(transactionTimeout, (rows) => carryOut(rows, prepared))
    return { ...report, moved: true }
  })
}

function cipherOf(runtime: EncryptionRuntime): Parameters<typeof prepareMove>[2] {
  return {
    open: (values) => runtime.openEach(values, runtime.keys),
    seal: (leaves) => runtime.seal(leaves),
    fillTokens: (leaves) => runtime.fillTokens(leaves),
  }
}

/** Throws `ENVELOPE_CONFIG_INVALID` for a model whose rows have no tenant that could be another. */
function rootOf({ models }: EncryptionRuntime, { model: name, with: more = [] }: MoveOptions): Model {
  if (typeof name !== 'string' || !models.has(name)) throw invalid(VERB, `there is no model ${quoted(String(name))}`)
  const root = models.get(name)
  if (root.shared !== undefined)
    throw invalid(VERB, `rows of ${name} are shared: they belong to no tenant, and are not moved`, name)
  if ((root.tenant === undefined && root.step === undefined) || !counts(models, root))
    throw invalid(VERB, `nothing in a ${name} says which tenant owns it, so there is nothing to move`, name)
  if (isTenantItself(root)) throw invalid(VERB, `a ${name} is the tenant itself. Move the rows that belong to it`, name)
  for (const one of more) {
    const other = typeof one === 'string' && models.has(one) ? models.get(one) : undefined
    if (other === undefined) throw invalid(VERB, `there is no model ${quoted(String(one))} (\`with\`)`)
    if (other.step !== undefined)
      throw invalid(
        VERB,
        `a ${one} has the tenant of its ${other.step.name}, and moves with that: leave it out of \`with\``,
        one,
      )
    if (!counts(models, other))
      throw invalid(VERB, `no row of ${one} belongs to a tenant: leave it out of \`with\``, one)
  }
  return root
}

/** Whether a tenant has one row of this model: then its column is the tenant's own name. */
function isTenantItself({ tenant, fields, key }: Model): boolean {
  const entry = tenant && fields.get(tenant.field)
  if (tenant === undefined || entry?.kind !== 'scalar') return false
  return entry.unique === true || (key.length === 1 && key[0] === tenant.field)
}

async function planOf(
  runtime: EncryptionRuntime,
  store: MoveStore,
  root: Model,
  to: string,
  maxRows: number,
  options: MoveOptions,
): Promise<MovePlan> {
  const text = (value: unknown): string => store.sql.text(value) ?? ''
  const ends = { to, with: new Set(options.with ?? []), text }
  const key = (model: Model, name: string, id: RowId) => rowKey(VERB, model, name, id, store.sql.text)
  const ids = Array.isArray(options.id) ? (options.id as readonly RowId[]) : [options.id as RowId]
  if (ids.length === 0) throw invalid(VERB, '`id` names no row')
  const keys = ids.map((id) => key(root, 'id', id))
  // Whose they are is not known yet.
  const anybody = movedModels(runtime, { ...ends, from: to })
  const from = await tenantOfFirst(store, root, keys, anybody)
  if (from === to)
    throw refused(`the rows belong to the tenant ${quoted(to)} already`, 'Correct `id` or `to`', root.name)
  const models = movedModels(runtime, { ...ends, from })
  const model = models.get(root.name)
  if (model === undefined) throw new Error(`${root.name} is not among the models that move`)
  const step = root.step && model.up.find(({ field }) => field === root.step?.name)
  return { models, root: model, keys, from, to, maxRows, parent: parentOf(runtime, root, step, to, options, key) }
}

async function tenantOfFirst(
  store: MoveStore,
  { name }: Model,
  keys: MovePlan['keys'],
  models: MovePlan['models'],
): Promise<string> {
  const [model, key] = [models.get(name), keys[0]]
  if (model === undefined || key === undefined) throw new Error(`${name} is not among the models that move`)
  const [row] = await store.rows.find(model, model.table.key, [key], { most: 1, lock: false })
  if (row === undefined) throw new RowMissing(name, key)
  const tenant = model.target.tenantOf(row, () => undefined)
  if (tenant === undefined) throw new OfAnotherTenant(name, key, undefined)
  return tenant
}

/** The row that they are to belong to. Throws `ENVELOPE_CONFIG_INVALID`. */
function parentOf(
  { models }: EncryptionRuntime,
  { step, name }: Model,
  link: NonNullable<MovePlan['parent']>['link'] | undefined,
  to: string,
  { parent }: MoveOptions,
  key: (model: Model, name: string, id: RowId) => MovePlan['keys'][number],
): MovePlan['parent'] {
  if (step === undefined || link === undefined) {
    if (parent !== undefined)
      throw invalid(VERB, `a ${name} has a tenant column of its own: leave out \`parent\``, name)
    return undefined
  }
  const owner = models.get(step.entry.model)
  if (parent !== undefined) return { link, key: key(owner, 'parent', parent) }
  if (to === models.sharedTenant && step.nullable) return { link, key: undefined }
  throw invalid(
    VERB,
    `a ${name} has the tenant of its ${step.name}: name the ${owner.name} that it is to belong to (\`parent\`), or move its ${step.name}`,
    name,
  )
}
