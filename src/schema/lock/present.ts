import { partText } from '../../search/index.js'
import { valueTypeOf } from '../../values/index.js'
import type { AnnotatedField } from '../annotated-fields.js'
import type { EncryptedAnnotation } from '../annotations.js'
import type { Choice } from '../choices.js'
import type { Field, Model } from '../dmmf.js'
import { type FieldRecord, type PlaintextState, placeOf, type StoredType, type TenantRecord } from './record.js'

/** The lock file's record of an annotated field, given the logical names; `undefined` if its name is not settled. */
export function fieldRecord(
  { model, field, encrypted, index }: AnnotatedField,
  names: ReadonlyMap<string, string>,
): FieldRecord | undefined {
  const nameOf = (name: string): string | undefined => names.get(placeOf({ model: model.name, field: name }))
  const as = nameOf(field.name)
  if (as === undefined) return undefined
  const name = { as, ...(columnOf(field) === field.name ? {} : { column: columnOf(field) }) }
  if (index !== undefined) {
    const source = nameOf(index.source)
    const { scope = 'tenant', normalize = [], part } = index.options
    if (source === undefined) return undefined
    return { ...name, index: source, scope, normalize, ...(part === undefined ? {} : { part: partText(part) }) }
  }
  const type = storedType(field)
  if (encrypted === undefined || type === undefined) return undefined
  const plaintext = plaintextState(encrypted)
  return { ...name, type, ...(plaintext === undefined ? {} : { plaintext }) }
}

function plaintextState({ options }: EncryptedAnnotation): PlaintextState | undefined {
  if (options.write !== undefined) return 'written'
  return options.legacy === undefined ? undefined : 'legacy'
}

function storedType({ type, isList }: Field): StoredType | undefined {
  const name = valueTypeOf(type)?.name
  return name !== undefined && isList ? `${name}[]` : name
}

/** The lock file's record of a model's choice. */
export function tenantRecord({ model, field, tenant }: Choice): TenantRecord {
  if (tenant.from === 'shared' || tenant.from === 'bound') return tenant.from
  if (tenant.from === 'relation') {
    const columns = (field?.relationFromFields ?? []).map((name) => model.fields.find((one) => one.name === name))
    return { model: field?.type ?? '', through: columns.flatMap((one) => (one === undefined ? [] : [columnOf(one)])) }
  }
  const column = field === undefined ? tenant.field : columnOf(field)
  return {
    field: tenant.field,
    ...(column === tenant.field ? {} : { column }),
    type: tenant.uuid === true ? 'uuid' : tenant.type === 'String' ? 'text' : 'integer',
  }
}

/** The database's name for a model's table, as one string. */
export function tableOf({ name, dbName, schema }: Model): string {
  const table = dbName ?? name
  return typeof schema === 'string' ? `${schema}.${table}` : table
}

export function columnOf({ name, dbName }: Field): string {
  return dbName ?? name
}
