import { type ModelMap, normalizers } from './model-map.js'

/**
 * Whether plain data, read from a file, is a model map of this release: every property that `ModelMap` names has its
 * type. Properties that it does not name are let through.
 */
export function isModelMap(value: unknown): value is ModelMap {
  return (
    isRecord(value) &&
    value.version === 1 &&
    isString(value.provider) &&
    isOptional(value.digest, isString) &&
    isRecordOf(value.models, isModel)
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

function isTenant(value: unknown): boolean {
  return (
    isRecord(value) &&
    isString(value.field) &&
    isOneOf(value.type, ['String', 'Int', 'BigInt']) &&
    isFlag(value.uuid) &&
    isFlag(value.folds)
  )
}

function isField(value: unknown): boolean {
  if (!isRecord(value) || !isFlag(value.list) || !isFlag(value.optional)) return false
  if (value.kind === 'relation') {
    return (
      isString(value.model) &&
      isString(value.opposite) &&
      isOptional(value.fields, isStrings) &&
      isOptional(value.references, isStrings)
    )
  }
  return (
    value.kind === 'scalar' &&
    isString(value.type) &&
    isString(value.column) &&
    isFlag(value.unique) &&
    isOptional(value.default, (origin) => isOneOf(origin, ['literal', 'client', 'database'])) &&
    isOptional(value.encrypted, isEncrypted) &&
    isOptional(value.index, isIndex)
  )
}

function isEncrypted(value: unknown): boolean {
  return (
    isRecord(value) &&
    isString(value.as) &&
    isOptional(value.default, (literal) => isString(literal) || isStrings(literal))
  )
}

function isIndex(value: unknown): boolean {
  return (
    isRecord(value) &&
    isString(value.source) &&
    isString(value.as) &&
    isOneOf(value.scope, ['tenant', 'global']) &&
    isFlag(value.lowEntropy) &&
    Array.isArray(value.normalize) &&
    value.normalize.every((name) => isOneOf(name, normalizers))
  )
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

function isOneOf(value: unknown, allowed: readonly string[]): boolean {
  return isString(value) && allowed.includes(value)
}

/** Written only where it holds. */
function isFlag(value: unknown): boolean {
  return value === undefined || value === true
}

function isOptional(value: unknown, isPresent: (value: unknown) => boolean): boolean {
  return value === undefined || isPresent(value)
}
