import { isLengthOf, type PartKindName } from '../../search/index.js'
import { logicalName } from '../grammar.js'
import { keyTableParts } from '../key-table.js'
import { indexScopes, type Normalizer, normalizers } from '../model-map.js'
import { schemaError } from '../problems.js'
import {
  type FieldRecord,
  type KeyTableRecord,
  type Lock,
  lineOf,
  type ModelRecord,
  plaintextStates,
  type RelationRecord,
  storedTypes,
  type TenantRecord,
  tenantTypes,
} from './record.js'

/** What is wrong with the file: it is damaged, or a later release wrote it. */
class Damaged extends Error {}
class Later extends Error {}

/**
 * Reads a lock file of version 1 or 2. Throws `ENVELOPE_SCHEMA_INVALID` for any other text; the file is then left unchanged.
 *
 * Unknown parts of a record are refused, not kept: they would change how data is stored, and a model map without them would
 * be wrong. So later releases can add to records without a new version.
 */
export function parseLock(text: string, file: string): Lock {
  try {
    return lockIn(text)
  } catch (error) {
    if (error instanceof Later) {
      throw schemaError([
        {
          model: file,
          message: `the lock file was written by a later release: ${error.message} is not known to this one. Upgrade prisma-envelope.`,
        },
      ])
    }
    if (!(error instanceof Damaged)) throw error
    throw schemaError([
      {
        model: file,
        message: `the lock file is damaged: ${error.message}. Restore it from the last commit; without it, the data of renamed fields cannot be opened.`,
      },
    ])
  }
}

function lockIn(text: string): Lock {
  if (/^(<{7}|>{7}|={7})/m.test(text)) throw new Damaged('it contains merge conflict markers')
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw new Damaged('it is not JSON')
  }
  if (!isObject(content) || !('version' in content)) throw new Damaged('it has no "version"')
  const { version } = content
  if (version !== 1 && version !== 2) {
    const named = `version ${JSON.stringify(version)}`
    throw typeof version === 'number' && version > 2 ? new Later(named) : new Damaged(`${named} does not exist`)
  }
  // A merge may leave a line twice, of which JSON.parse would silently use the last.
  if (keysOfText(text) > keysOf(content)) throw new Damaged('a line appears twice')
  return version === 1 ? namesOnly(content) : records(content)
}

/** Version 1 kept only logical names. The rest is filled in from the schema. */
function namesOnly(content: Record<string, unknown>): Lock {
  known(content, ['version', 'names'], 'the file')
  const fields = Object.entries(part(content, 'names')).map(([place, as]): [string, FieldRecord] => [
    fieldPlace(place),
    { as: nameOf(as, place) },
  ])
  return { models: new Map(), fields: distinct(fields), complete: false }
}

function records(content: Record<string, unknown>): Lock {
  known(content, ['version', 'sharedTenant', 'keyTable', 'models', 'fields'], 'the file')
  const models = Object.entries(part(content, 'models')).map(([model, record]): [string, ModelRecord] => {
    if (!/^\w+$/.test(model)) throw new Damaged(`${JSON.stringify(model)} is not the name of a model`)
    return [model, modelRecord(model, record)]
  })
  const fields = Object.entries(part(content, 'fields')).map(([place, record]): [string, FieldRecord] => [
    fieldPlace(place),
    fieldRecord(place, record),
  ])
  const { sharedTenant } = content
  if (sharedTenant !== undefined && typeof sharedTenant !== 'string')
    throw new Damaged('"sharedTenant" is not a string')
  return {
    models: new Map(models),
    fields: distinct(fields),
    complete: true,
    ...(sharedTenant === undefined ? {} : { sharedTenant }),
    ...(content.keyTable === undefined ? {} : { keyTable: keyTableRecord(content.keyTable) }),
  }
}

function keyTableRecord(record: unknown): KeyTableRecord {
  if (!isObject(record)) throw new Damaged('"keyTable" is not an object')
  known(record, keyTableParts, '"keyTable"')
  const { keys, counts } = record
  if (typeof keys !== 'string' || typeof counts !== 'string') throw new Damaged('"keyTable" does not name both tables')
  return { keys, counts }
}

function modelRecord(model: string, record: unknown): ModelRecord {
  if (!isObject(record)) throw new Damaged(`the line of ${model} is not an object`)
  known(record, ['table', 'tenant'], model)
  return {
    ...optionalText(record, 'table', model),
    ...(record.tenant === undefined ? {} : { tenant: tenantRecord(model, record.tenant) }),
  }
}

function tenantRecord(model: string, tenant: unknown): TenantRecord {
  if (tenant === 'shared' || tenant === 'bound') return tenant
  if (typeof tenant === 'string') throw new Later(`${JSON.stringify(tenant)} as the tenant of ${model}`)
  if (isObject(tenant) && Array.isArray(tenant.through)) return relationRecord(model, tenant, tenant.through)
  if (!isObject(tenant) || typeof tenant.field !== 'string') throw new Damaged(`the tenant of ${model} has no "field"`)
  known(tenant, ['field', 'column', 'type'], `the tenant of ${model}`)
  return {
    field: tenant.field,
    ...optionalText(tenant, 'column', `the tenant of ${model}`),
    type: oneOf(tenantTypes, tenant.type, `the type of the tenant of ${model}`),
  }
}

function relationRecord(model: string, tenant: Record<string, unknown>, columns: readonly unknown[]): RelationRecord {
  known(tenant, ['model', 'through'], `the tenant of ${model}`)
  if (typeof tenant.model !== 'string') throw new Damaged(`the tenant of ${model} has no "model"`)
  const through = columns.filter((column) => typeof column === 'string')
  if (through.length < columns.length || through.length === 0)
    throw new Damaged(`"through" of the tenant of ${model} is not a list of columns`)
  return { model: tenant.model, through }
}

function fieldRecord(place: string, record: unknown): FieldRecord {
  if (!isObject(record)) throw new Damaged(`the line of ${place} is not an object`)
  const name = { as: nameOf(record.as, place), ...optionalText(record, 'column', place) }
  if ('index' in record) {
    known(record, ['as', 'column', 'index', 'scope', 'normalize', 'part'], place)
    const index = nameOf(record.index, `the source of ${place}`)
    const scope = oneOf(indexScopes, record.scope, `the scope of ${place}`)
    if (!Array.isArray(record.normalize)) throw new Damaged(`"normalize" of ${place} is not a list`)
    const normalize = record.normalize.map((name): Normalizer => oneOf(normalizers, name, `a normalizer of ${place}`))
    return {
      ...name,
      index,
      scope,
      normalize,
      ...(record.part === undefined ? {} : { part: partIn(record.part, place) }),
    }
  }
  known(record, ['as', 'column', 'type', 'plaintext'], place)
  if (!('type' in record)) return name
  const { plaintext } = record
  return {
    ...name,
    type: oneOf(storedTypes, record.type, `the type of ${place}`),
    ...(plaintext === undefined ? {} : { plaintext: oneOf(plaintextStates, plaintext, `"plaintext" of ${place}`) }),
  }
}

/** `first(3)`: as `partText` writes it. */
function partIn(part: unknown, place: string): string {
  if (typeof part !== 'string') throw new Damaged(`"part" of ${place} is not a string`)
  const [, kind = '', length] = /^(domain|first|last)(?:\(([1-9]\d*)\))?$/.exec(part) ?? []
  const isPart = kind !== '' && isLengthOf(kind as PartKindName, length === undefined ? undefined : Number(length))
  if (!isPart) throw new Later(`${JSON.stringify(part)} as the part of ${place}`)
  return part
}

function optionalText<K extends string>(record: Record<string, unknown>, key: K, place: string): { [P in K]?: string } {
  const value = record[key]
  if (value === undefined) return {}
  if (typeof value !== 'string') throw new Damaged(`"${key}" of ${place} is not a string`)
  // The one property that the mapped type has.
  return { [key]: value } as { [P in K]?: string }
}

function known(object: Record<string, unknown>, keys: readonly string[], place: string): void {
  const other = Object.keys(object).find((key) => !keys.includes(key))
  if (other !== undefined) throw new Later(`${JSON.stringify(other)} of ${place}`)
}

function oneOf<const T extends string>(choices: readonly T[], value: unknown, place: string): T {
  const found = choices.find((choice) => choice === value)
  if (found !== undefined) return found
  throw typeof value === 'string'
    ? new Later(`${JSON.stringify(value)} as ${place}`)
    : new Damaged(`${place} is not a string`)
}

function part(content: Record<string, unknown>, name: string): Record<string, unknown> {
  const found = content[name]
  if (found === undefined) throw new Damaged(`it has no "${name}"`)
  if (!isObject(found)) throw new Damaged(`"${name}" is not an object`)
  return found
}

function fieldPlace(place: string): string {
  if (logicalName.test(place)) return place
  throw new Damaged(`${JSON.stringify(place)} is not of the form "Model.field"`)
}

function nameOf(name: unknown, place: string): string {
  if (typeof name === 'string' && logicalName.test(name)) return name
  throw new Damaged(`the name of ${place} is not of the form "model.field"`)
}

function distinct(fields: readonly [string, FieldRecord][]): ReadonlyMap<string, FieldRecord> {
  const taken = new Map<string, string>()
  for (const [place, { as }] of fields) {
    const other = taken.get(as)
    if (other !== undefined) throw new Damaged(`${other} and ${place} have the same logical name, "${as}"`)
    taken.set(as, place)
  }
  return new Map(fields)
}

/** How many keys the objects of a JSON text have; duplicates count twice. */
function keysOfText(text: string): number {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length
}

function keysOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce((sum: number, item) => sum + keysOf(item), own)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The file's text: one line per record, sorted, so that branches merge line by line. */
export function serializeLock({ models, fields, sharedTenant, keyTable }: Lock): string {
  const shared = sharedTenant === undefined ? '' : `  "sharedTenant": ${JSON.stringify(sharedTenant)},\n`
  const keys = keyTable === undefined ? '' : `  ${lineOf('keyTable', keyTable)},\n`
  return `{\n  "version": 2,\n${shared}${keys}  "models": ${lines(models)},\n  "fields": ${lines(fields)}\n}\n`
}

function lines(records: ReadonlyMap<string, ModelRecord | FieldRecord>): string {
  if (records.size === 0) return '{}'
  const sorted = [...records].sort(([a], [b]) => (a < b ? -1 : 1))
  return `{\n${sorted.map(([key, record]) => `    ${lineOf(key, record)}`).join(',\n')}\n  }`
}

/** Whether two locks have the same records, whatever version they were read from. */
export function sameRecords(a: Lock, b: Lock): boolean {
  return serializeLock(a) === serializeLock(b)
}
