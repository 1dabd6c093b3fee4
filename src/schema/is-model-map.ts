import { indexKindNames } from '../search/kinds/names.js'
import { isLengthOf } from '../search/kinds/part-text.js'
import { LARGEST_PAD, NO_PADDING, valueTypeNames } from '../values/index.js'
import { isDay } from './day.js'
import {
  type BoundRows,
  type ColumnTenant,
  defaultOrigins,
  type EncryptedEntry,
  type FunctionDefault,
  type FunctionName,
  functionNames,
  type IndexEntry,
  indexScopes,
  type KeyTableEntry,
  type LegacyEntry,
  type ModelEntry,
  type ModelMap,
  modelMapVersion,
  normalizers,
  type RelationTenant,
  type SharedRows,
  tenantColumnTypes,
} from './model-map.js'

/**
 * Whether plain data is a model map of this release: every property in `ModelMap` has its type, and one of the values that
 * this release knows. Unknown properties are ignored, except where they would define how data is stored: this release
 * would store it differently.
 */
export function isModelMap(value: unknown): value is ModelMap {
  return (
    isRecord(value) &&
    value.version === modelMapVersion &&
    isString(value.provider) &&
    isOptional(value.digest, isString) &&
    isOptional(value.sharedTenant, isString) &&
    isOptional(value.keyTable, (table) => isKeyTable(table, value.models)) &&
    isOptional(value.jobs, (name) => isString(name) && isRecord(value.models) && Object.hasOwn(value.models, name)) &&
    isRecordOf(value.models, isModel) &&
    // The previous line has checked every model.
    (value.sharedTenant !== undefined || !Object.values(value.models as ModelMap['models']).some(canShare))
  )
}

/** The names of two models that the map has. */
function isKeyTable(value: unknown, models: unknown): boolean {
  return (
    isRecord(value) &&
    isRecord(models) &&
    hasOnly<KeyTableEntry>(value, { keys: true, counts: true }) &&
    isString(value.keys) &&
    isString(value.counts) &&
    value.keys !== value.counts &&
    [value.keys, value.counts].every((name) => Object.hasOwn(models, name))
  )
}

function isModel(value: unknown): boolean {
  return (
    isRecord(value) &&
    isString(value.table) &&
    isOptional(value.schema, isString) &&
    isFlag(value.view) &&
    isStrings(value.key) &&
    isRecordOf(value.compounds, isStrings) &&
    isOptional(value.tenant, isTenant) &&
    isRecordOf(value.fields, isField)
  )
}

/** Whether a row can belong to the shared tenant, so that there must be one. */
function canShare({ tenant, fields }: ModelEntry): boolean {
  if (tenant?.from === 'relation') {
    const step = fields[tenant.field]
    const columns = step?.kind === 'relation' ? (step.fields ?? []) : []
    return columns.some((column) => fields[column]?.optional === true)
  }
  return tenant?.from === 'shared' || (tenant?.from === 'column' && tenant.optional === true)
}

function isTenant(value: unknown): boolean {
  if (!isRecord(value)) return false
  switch (value.from) {
    case 'column':
      return (
        hasOnly<ColumnTenant>(value, {
          from: true,
          field: true,
          type: true,
          optional: true,
          uuid: true,
          folds: true,
        }) &&
        isString(value.field) &&
        isOneOf(value.type, tenantColumnTypes) &&
        isFlag(value.optional) &&
        isFlag(value.uuid) &&
        isFlag(value.folds)
      )
    case 'relation':
      return hasOnly<RelationTenant>(value, { from: true, field: true }) && isString(value.field)
    case 'shared':
    case 'bound':
      return hasOnly<SharedRows | BoundRows>(value, { from: true })
    default:
      return false
  }
}

function isField(value: unknown): boolean {
  if (!isRecord(value) || !isFlag(value.list) || !isFlag(value.optional)) return false
  if (value.kind === 'relation') {
    return (
      isString(value.model) &&
      isString(value.opposite) &&
      isOptional(value.fields, isStrings) &&
      isOptional(value.references, isStrings) &&
      isOptional(value.onDelete, isString) &&
      isOptional(value.links, (links) => links === 'accepted')
    )
  }
  return (
    value.kind === 'scalar' &&
    isString(value.type) &&
    isString(value.column) &&
    isFlag(value.unique) &&
    isOptional(value.default, (origin) => isOneOf(origin, defaultOrigins)) &&
    isOptional(value.encrypted, isEncrypted) &&
    isOptional(value.index, isIndex)
  )
}

function isEncrypted(value: unknown): boolean {
  return (
    isRecord(value) &&
    hasOnly<EncryptedEntry>(value, { type: true, as: true, default: true, pad: true, legacy: true, write: true }) &&
    isOneOf(value.type, valueTypeNames) &&
    isString(value.as) &&
    isOptional(value.default, (given) => isString(given) || isStrings(given) || isFunctionDefault(given)) &&
    isOptional(value.pad, isPad) &&
    isOptional(value.legacy, isLegacy) &&
    isOptional(value.write, (write) => write === 'plain' && value.legacy === undefined)
  )
}

function isPad(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= NO_PADDING && Number(value) <= LARGEST_PAD
}

function isLegacy(value: unknown): boolean {
  return (
    isRecord(value) &&
    hasOnly<LegacyEntry>(value, { until: true, folds: true }) &&
    isString(value.until) &&
    isDay(value.until) &&
    isFlag(value.folds)
  )
}

/** What each function may be given, beside nothing. */
const FUNCTION_ARGUMENTS: Readonly<Record<FunctionName, (arg: number) => boolean>> = {
  uuid: (version) => version === 4 || version === 7,
  cuid: (version) => version === 1 || version === 2,
  ulid: () => false,
  nanoid: (length) => Number.isInteger(length) && length >= 2 && length <= 255,
}

function isFunctionDefault(value: unknown): boolean {
  if (!isRecord(value) || !hasOnly<FunctionDefault>(value, { function: true, args: true })) return false
  const { function: name, args } = value
  if (!isOneOf(name, functionNames) || !Array.isArray(args) || args.length > 1) return false
  return args.every((arg: unknown) => typeof arg === 'number' && FUNCTION_ARGUMENTS[name](arg))
}

function isIndex(value: unknown): boolean {
  return (
    isRecord(value) &&
    hasOnly<IndexEntry>(value, {
      kind: true,
      length: true,
      source: true,
      normalize: true,
      scope: true,
      as: true,
      lowEntropy: true,
    }) &&
    isOneOf(value.kind, indexKindNames) &&
    isLengthOf(value.kind, value.length) &&
    // The parts of all tenants' values are never computed under one key.
    (value.kind === 'equality' || value.scope !== 'global') &&
    isString(value.source) &&
    isString(value.as) &&
    isOneOf(value.scope, indexScopes) &&
    isFlag(value.lowEntropy) &&
    Array.isArray(value.normalize) &&
    value.normalize.every((name) => isOneOf(name, normalizers))
  )
}

/** Whether the object has only properties of the type. */
function hasOnly<T>(value: object, known: Readonly<Record<keyof T, true>>): boolean {
  return Object.keys(value).every((key) => Object.hasOwn(known, key))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRecordOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return isRecord(value) && Object.values(value).every(isItem)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every(isString)
}

function isOneOf<T extends string>(value: unknown, allowed: readonly T[]): value is T {
  return isString(value) && (allowed as readonly string[]).includes(value)
}

/** A flag is written only if it is true. */
function isFlag(value: unknown): boolean {
  return value === undefined || value === true
}

function isOptional(value: unknown, isPresent: (value: unknown) => boolean): boolean {
  return value === undefined || isPresent(value)
}
