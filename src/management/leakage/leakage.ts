import { NAMED_OWNER, type OwnerRange, SHARED_OWNER, type StoredRow, UNKNOWN_OWNER } from '../../databases/index.js'
import { EnvelopeConfigError } from '../../errors.js'
import {
  asIndexed,
  type Guesses,
  guessesFor,
  type LeakageIndex,
  type LeakageTables,
  type LeakageTarget,
  type ListedValue,
  measureLeakage,
  scoreOf,
} from '../../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import { counted } from '../../quoting/counted.js'
import type { ModelMap } from '../../schema/model-map.js'
import type { TenantId } from '../../tenancy/index.js'
import { withinBounds } from '../bounds.js'
import { answered } from '../census/answered.js'
import { type ChosenModel, chosenFieldsOf, columnOf } from '../jobs/chosen-fields.js'
import { valueTargets } from '../jobs/value-targets.js'
import type { EncryptedFieldPath, EncryptedModelName } from '../model-types.js'
import { type LeakageReport, reportOf } from './report.js'

/** What `$encryption.leakage` looks at, and what the attacker knows. */
export interface LeakageOptions<M extends ModelMap = ModelMap> {
  /** Only this tenant's rows. Default: those of the tenant that the client is bound to, else of all. */
  tenant?: TenantId
  /** Only indexes of these models. Default: all. */
  models?: readonly EncryptedModelName<M>[]
  /** Only indexes of these fields, as `Patient.email`. Default: all. */
  fields?: readonly EncryptedFieldPath<M>[]
  /**
   * Values that the field may have, each with a number that says how common it is, such as the names of a country with how many people
   * bear them. The attacks are then run, on one field: name it in `fields`.
   */
  values?: Iterable<{ readonly value: string; readonly weight: number }>
  /** With `values`: opens this many rows, drawn at random, and says of how many the attacks are right. Default: none is opened. */
  sample?: number
  /** How many tenants are told apart for each index, at most: those with most rows. The others are summed up. Default: 20. */
  maxTenants?: number
  /** Stops after the statement that is under way. */
  signal?: AbortSignal
  /** Called before each index. */
  onProgress?: (progress: LeakageProgress) => void
}

/** How far `$encryption.leakage` is. */
export interface LeakageProgress {
  /** The model. */
  readonly model: string
  /** The index column that is about to be looked at. */
  readonly index: string
  /** How many have been. */
  readonly done: number
  /** How many there are. */
  readonly all: number
}

const OPTIONS: OptionNames<LeakageOptions> = {
  tenant: true,
  models: true,
  fields: true,
  values: true,
  sample: true,
  maxTenants: true,
  signal: true,
  onProgress: true,
}

const VERB = '$encryption.leakage'
const MAX_TENANTS = 20
const MOST_TENANTS = 100_000
const LARGEST_SAMPLE = 100_000
/** The share of the values, by weight, that may lack the part that an index is of. */
const MOST_PARTLESS = 0.5

/** `$encryption.leakage`. */
export async function leakage<M extends ModelMap>(
  runtime: EncryptionRuntime,
  tables: LeakageTables | undefined,
  options: LeakageOptions<M> = {},
): Promise<LeakageReport> {
  const takenAt = new Date().toISOString()
  const values = checkOptions(options)
  const { models, fields, sample, maxTenants = MAX_TENANTS, signal, onProgress } = options
  const { bound } = runtime.context()
  const tenant = options.tenant === undefined ? bound : withinBounds(runtime, options.tenant)
  const chosen = chosenFieldsOf(
    VERB,
    runtime,
    { ...(models !== undefined && { models }), ...(fields !== undefined && { fields: fields as readonly string[] }) },
    {
      words: 'with an index',
      lacking: 'no index',
      fits: (model, field) => (model.indexes.get(field)?.length ?? 0) > 0,
    },
  )
  if (tables === undefined)
    throw invalid(`it does not run on ${runtime.models.provider}: it needs PostgreSQL, MySQL, MariaDB or SQLite`)
  // One that is misspelt has no rows, and nothing would be found wrong with them.
  if (tenant !== undefined) await runtime.keys.known.of(tenant)
  const targets = targetsOf(runtime, chosen, tenant)
  if (values !== undefined) checkAttacked(targets)
  const guesses = new Map(
    values === undefined
      ? []
      : targets.flatMap(({ indexes }) =>
          indexes.map((one) => [one, guessesFor(one.field, one.index, values)] as const),
        ),
  )
  const of = (index: LeakageIndex) => {
    const known = guesses.get(index)
    if (known === undefined) throw new Error('no values are known for this index')
    return known
  }
  const empty = [...guesses].find(([, { all }]) => all.length === 0)
  if (empty !== undefined)
    throw invalid(`of none of the values is anything left that ${empty[0].index.field} could have a token of`)
  for (const [index, of] of guesses) checkParts(index, of, values?.length ?? 0)
  const within = (target: LeakageTarget): OwnerRange | undefined =>
    tenant === undefined ? undefined : ownerRange(runtime, target, tenant)
  const measured = await answered(VERB, () =>
    measureLeakage(tables, targets, {
      most: maxTenants,
      signal,
      onIndex: onProgress,
      within,
      ...(values !== undefined && { guessesFor: of }),
      ...(sample !== undefined && {
        score: (target, index, range) =>
          scoreOf(tables, target, index, of(index), {
            within: range,
            most: sample,
            asIndexed: (plaintext) => asIndexed(index.index, index.field.type.decode(plaintext)),
            signal,
            open: (all) => runtime.openEach(all, runtime.keys),
          }),
      }),
    }),
  )
  return {
    takenAt,
    finished: measured.finished,
    ...reportOf(measured),
    ...(values !== undefined && {
      values: Object.fromEntries(
        [...guesses].map(([{ index }, { all, without, partless }]) => [
          index.field,
          {
            known: all.length,
            withoutToken: without,
            ...(index.kind.name !== 'equality' && { withoutPart: partless.values }),
          },
        ]),
      ),
    }),
  }
}

/** The values. Throws `ENVELOPE_CONFIG_INVALID`, which says which one is wrong and never what it is. */
function checkOptions<M extends ModelMap>(options: LeakageOptions<M>): ListedValue[] | undefined {
  refuseUnknownOptions(VERB, options, OPTIONS)
  const { values, sample, maxTenants = MAX_TENANTS, fields } = options
  if (!isWhole(maxTenants, MOST_TENANTS))
    throw invalid(`\`maxTenants\` must be a whole number from 1 to ${MOST_TENANTS}`)
  if (sample !== undefined && !isWhole(sample, LARGEST_SAMPLE))
    throw invalid(`\`sample\` must be a whole number from 1 to ${LARGEST_SAMPLE}`)
  if (values === undefined) {
    if (sample !== undefined)
      throw invalid('`sample` opens rows to see whether attacks are right about them: pass `values` too')
    return undefined
  }
  if (fields?.length !== 1)
    throw invalid('`values` are those of one field: name it in `fields`, as in ["Patient.email"]')
  const listed = [...values]
  for (const [i, { value, weight }] of listed.entries()) {
    if (typeof value !== 'string' || !value.isWellFormed())
      throw invalid(`\`values\`: value ${i + 1} is not well-formed text`)
    if (!(typeof weight === 'number' && Number.isFinite(weight) && weight >= 0))
      throw invalid(`\`values\`: the weight of value ${i + 1} must be a number, 0 or more`)
  }
  const known = listed.filter(({ weight }) => weight > 0)
  if (known.length === 0) throw invalid('`values` has no value with a weight above 0')
  return known
}

function isWhole(number: number, most: number): boolean {
  return Number.isInteger(number) && number > 0 && number <= most
}

/** Throws `ENVELOPE_CONFIG_INVALID` for a field whose values are no texts. */
function checkAttacked(targets: readonly LeakageTarget[]): void {
  const bytes = targets.flatMap(({ indexes }) => indexes).find(({ value }) => value.form !== 'text')
  if (bytes !== undefined)
    throw invalid(`${bytes.field.model}.${bytes.field.field} holds bytes, and \`values\` are texts`)
}

/**
 * Throws `ENVELOPE_CONFIG_INVALID` where most values have no such part as the index is of: all of them would be one value to it, and
 * the estimate would be of that.
 */
function checkParts({ field, index }: LeakageIndex, { partless }: Guesses, all: number): void {
  if (partless.share <= MOST_PARTLESS) return
  const { kind } = index
  const lack =
    kind.name === 'domain'
      ? 'without a domain: write whole addresses, or `@gmail.com`'
      : `shorter than the ${kind.needles} that it is of: write whole values`
  throw invalid(
    `${field.model}.${index.field}: ${partless.values} of ${counted(all, 'value')} ${partless.values === 1 ? 'is' : 'are'} ${lack}`,
  )
}

function targetsOf(
  runtime: EncryptionRuntime,
  chosen: readonly ChosenModel[],
  tenant: string | undefined,
): LeakageTarget[] {
  const jobs = valueTargets(runtime, chosen, tenant)
  const targets = chosen.flatMap(({ model, fields }, i): LeakageTarget[] => {
    const job = jobs[i]
    // Of no use to a tenant: all of its rows are another's.
    if (job === undefined || (tenant !== undefined && model.shared !== undefined && model.shared !== tenant)) return []
    return [
      {
        model: model.name,
        table: { table: model.table, schema: model.schema, owner: job.table.owner },
        indexes: fields.flatMap((name) => {
          const field = model.encrypted.get(name)
          if (field === undefined) return []
          return (model.indexes.get(name) ?? []).map((index) => ({
            field,
            index,
            token: columnOf(model, index.field),
            value: { column: columnOf(model, name), form: field.type.column },
          }))
        }),
        tenantOf: (owner, named) => job.tenantOf({ ...NO_ROW, owner: owner === UNKNOWN_OWNER ? null : owner }, named),
      },
    ]
  })
  const unowned = targets.find(
    ({ table, model }) => table.owner === undefined && runtime.models.get(model).shared === undefined,
  )
  if (tenant === undefined || unowned === undefined) return targets
  throw invalid(
    `nothing in the rows of ${unowned.model} says which tenant owns them, so that one tenant's cannot be told from others'. Leave out \`tenant\`, or name other models in \`models\``,
  )
}

const NO_ROW: StoredRow = { key: [], owner: null, cells: [], tokens: [] }

/** A tenant's rows. */
function ownerRange({ models }: EncryptionRuntime, target: LeakageTarget, tenant: string): OwnerRange | undefined {
  // All of its rows are the shared tenant's.
  if (target.table.owner === undefined) return undefined
  const owner = tenant === models.sharedTenant ? SHARED_OWNER : `${NAMED_OWNER}${tenant}`
  return { first: owner, last: owner }
}

function invalid(what: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `${VERB}: ${what}.`)
}
