import { databaseOf } from '../../databases/index.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import { isAbsent } from '../../prisma/internals.js'
import {
  copyOfArguments,
  isPlainObject,
  type Model,
  type Models,
  type Plain,
  wrongShape,
} from '../../prisma/query/index.js'
import type { ModelMap } from '../../schema/model-map.js'
import { byCodePoint, type Compare } from './compare.js'
import { keyOfCursor, keyOfModel, type SearchKey } from './key.js'
import { type Test, testOf } from './match.js'
import { comparing, type Ordering, orderingsOf, textsOf } from './order.js'
import { optionInvalid, VERB } from './refusals.js'
import type { SearchOptions } from './search-options.js'

/** Every row is opened for one answer, and without pages all are in memory at once: no more than a process is good for. */
export const LARGEST = 30_000
const USUAL = 10_000

/** What a search will do, known before anything is sent. */
export interface SearchPlan {
  readonly model: Model
  /** Whose rows are searched; `undefined` where the search is for no one tenant. */
  readonly tenant: string | undefined
  readonly key: SearchKey
  readonly where: Plain | undefined
  /** What an opened row has to meet. */
  readonly test: Test | undefined
  readonly orderings: readonly Ordering[]
  readonly compare: Compare<readonly unknown[]>
  /** What is read of each row: no more than is needed. */
  readonly reads: Plain
  /** What is read of the rows that are returned, beside their keys. */
  readonly select: Plain | undefined
  /** The key of the row after which to begin. */
  readonly cursor: Plain | undefined
  /** Rows of one result. */
  readonly take: number
  readonly max: number
  readonly signal: AbortSignal | undefined
}

const OPTIONS: OptionNames<SearchOptions<ModelMap, string, object>> = {
  where: true,
  match: true,
  mode: true,
  orderBy: true,
  locale: true,
  select: true,
  cursor: true,
  take: true,
  max: true,
  signal: true,
  tenant: true,
}

/** Throws `ENVELOPE_CONFIG_INVALID` for an unknown option. */
export function searchOptions(options: unknown): Plain {
  // As in Prisma, none are no condition.
  if (isAbsent(options)) return {}
  if (!isPlainObject(options)) throw optionInvalid('a model', 'the options must be an object')
  refuseUnknownOptions(VERB, options, OPTIONS)
  return Object.fromEntries(Object.entries(options).filter(([, value]) => !isAbsent(value)))
}

/** Throws the codes of `EnvelopeQueryError` and `EnvelopeConfigError` for what can be known to be wrong. */
export function planSearch(models: Models, model: Model, tenant: string | undefined, options: Plain): SearchPlan {
  const { name } = model
  const { mode } = options
  if (mode !== undefined && mode !== 'default' && mode !== 'insensitive')
    throw optionInvalid(name, "`mode` must be 'default' or 'insensitive'")
  const texts = textsOf(name, options.locale, byCodePoint)
  const fields = new Set<string>()
  const test = testOf({ model, mode, texts, fields }, options.match)
  const orderings = orderingsOf(model, options.orderBy, databaseOf(models.provider)?.nullsAreLast ?? false)
  const key = keyOfModel(model, tenant)
  const read = [...key.fields, ...fields, ...orderings.map(({ field }) => field)]
  return {
    model,
    tenant,
    key,
    where: objectGiven(name, 'where', options.where),
    test,
    orderings,
    compare: comparing(orderings, texts),
    reads: Object.fromEntries(read.map((field) => [field, true])),
    select: objectGiven(name, 'select', options.select),
    cursor: options.cursor === undefined ? undefined : keyOfCursor(model, key, options.cursor),
    take: wholeNumber(name, 'take', options.take, Number.MAX_SAFE_INTEGER) ?? Number.POSITIVE_INFINITY,
    max: wholeNumber(name, 'max', options.max, LARGEST) ?? USUAL,
    signal: signalOf(name, options.signal),
  }
}

/** In a copy: the caller's may change between two pages. */
function objectGiven(model: string, name: string, value: unknown): Plain | undefined {
  if (value === undefined) return undefined
  if (!isPlainObject(value)) throw wrongShape(model, name, 'an object')
  return copyOfArguments(value) as Plain
}

function wholeNumber(model: string, name: string, value: unknown, most: number): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most))
    return value as number | undefined
  const range = most === LARGEST ? `from 1 to ${LARGEST.toLocaleString('en')}` : 'above 0'
  throw optionInvalid(model, `\`${name}\` must be a whole number ${range}`)
}

function signalOf(model: string, signal: unknown): AbortSignal | undefined {
  if (signal === undefined || isSignal(signal)) return signal
  throw optionInvalid(model, '`signal` must be an AbortSignal')
}

/** By its shape: test environments have classes of their own. */
function isSignal(signal: unknown): signal is AbortSignal {
  if (typeof signal !== 'object' || signal === null) return false
  return (
    typeof Reflect.get(signal, 'aborted') === 'boolean' && typeof Reflect.get(signal, 'throwIfAborted') === 'function'
  )
}
