import type { KeyModel } from '../annotated-fields.js'
import type { Datamodel, Model } from '../dmmf.js'
import type { Problem } from '../problems.js'
import { keyTableDifferences, keyTableRecord } from './key-table.js'
import { plaintextDifference, plaintextWarning } from './plaintext.js'
import { columnOf, tableOf } from './present.js'
import {
  type EncryptedRecord,
  type FieldRecord,
  type IndexRecord,
  type Lock,
  lineOf,
  type ModelRecord,
  partsOf,
  placeOf,
  type TenantRecord,
} from './record.js'
import { page, sealedBelow, sharedTenantProblem, tenantDifference } from './tenants.js'

/** A schema as the lock file is to record it. */
export interface Present {
  readonly datamodel: Datamodel
  /** By place: every annotated field whose logical name is settled. */
  readonly records: ReadonlyMap<string, FieldRecord>
  readonly tenants: ReadonlyMap<string, TenantRecord>
  readonly sharedTenant: string | undefined
  readonly keyModels: readonly KeyModel[]
  /** From a renamed field's place to its place in the lock file. */
  readonly renamed: ReadonlyMap<string, string>
  /** The places of the lock file that are no longer annotated. */
  readonly unclaimed: readonly string[]
  /** Fields with a problem that has been reported. */
  readonly broken: ReadonlySet<string>
}

export interface Recorded {
  readonly lock: Lock
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/**
 * Compares the lock file with the schema, and records the schema. A difference is a problem if stored data depends on it:
 * new values would silently be stored in plaintext, old ones be returned as ciphertext, or a search would miss them.
 *
 * What no longer exists in the schema stays recorded, since its data may still exist.
 */
export function record(lock: Lock, present: Present): Recorded {
  const { datamodel, records, unclaimed, broken } = present
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const fields = new Map<string, FieldRecord>()
  for (const place of unclaimed) {
    const before = lock.fields.get(place)
    if (before !== undefined) fields.set(place, before)
  }
  for (const [place, before] of lock.fields) {
    if (records.has(place)) continue
    const found = columnAt(lock, datamodel, place)
    const now = found === undefined ? undefined : placeOf(found)
    if (found === undefined || now === undefined || records.has(now) || broken.has(now)) continue
    problems.push({ ...found, message: lost(place, before) })
  }
  for (const [place, now] of records) {
    fields.set(place, now)
    const former = present.renamed.get(place) ?? place
    const before = lock.fields.get(former)
    const message = before === undefined ? undefined : difference(former, before, now, records)
    const [model, field] = partsOf(place)
    if (message !== undefined) problems.push({ model, field, message })
    const remark = before === undefined ? undefined : plaintextWarning(before, now)
    if (remark !== undefined) warnings.push({ model, field, message: remark })
  }
  const models = recordModels(lock, present, fields, problems)
  problems.push(...sharedTenantProblem(lock.sharedTenant, present.sharedTenant))
  problems.push(...keyTableDifferences(lock.keyTable, present))
  const sharedTenant = present.sharedTenant ?? lock.sharedTenant
  const keyTable = keyTableRecord(present.keyModels) ?? lock.keyTable
  return {
    lock: {
      models,
      fields,
      complete: true,
      ...(sharedTenant === undefined ? {} : { sharedTenant }),
      ...(keyTable === undefined ? {} : { keyTable }),
    },
    problems,
    warnings,
  }
}

/** The field of the schema that has the column of this place, by its name or by the database's. */
function columnAt(lock: Lock, datamodel: Datamodel, place: string): { model: string; field: string } | undefined {
  const [modelName, fieldName] = partsOf(place)
  const table = lock.models.get(modelName)?.table ?? modelName
  const column = lock.fields.get(place)?.column ?? fieldName
  const model = datamodel.models.find(({ name }) => name === modelName) ?? modelOfTable(datamodel, table)
  const field =
    model?.fields.find(({ name }) => name === fieldName) ??
    model?.fields.find((one) => one.kind !== 'object' && columnOf(one) === column)
  return model === undefined || field === undefined ? undefined : { model: model.name, field: field.name }
}

function modelOfTable(datamodel: Datamodel, table: string): Model | undefined {
  return datamodel.models.find((model) => tableOf(model) === table)
}

function lost(place: string, before: FieldRecord): string {
  if ('index' in before) {
    return (
      'the lock file has it as the index of ' +
      `${before.index}, and \`@encrypted.index\` is gone: it would not find new rows, and a unique index would allow duplicates. ` +
      `Write the annotation again instead. To drop the index, see ${page}, then ${removing(place, before)}.`
    )
  }
  if ('plaintext' in before && before.plaintext === 'written') {
    return (
      'the lock file has it as encrypted, and `@encrypted(write: plain)` is gone: values that are still sealed would be returned ' +
      `as ciphertext. Write the annotation again instead. Once \`prisma-envelope eject\` finds nothing more (${page}), ${removing(place, before)}.`
    )
  }
  return (
    'the lock file has it as encrypted, and `@encrypted` is gone: new values would be stored in plaintext, and old ones ' +
    'returned as ciphertext. Write `/// @encrypted` again instead. To stop encrypting it, write `/// @encrypted(write: plain)` first: ' +
    `see ${page}, then ${removing(place, before)}.`
  )
}

function removing(place: string, before: FieldRecord): string {
  return `remove this line from the lock file: \`${lineOf(place, before)}\``
}

/** Why these two records cannot follow each other, and what to do; `undefined` if they can. */
function difference(
  place: string,
  before: FieldRecord,
  now: FieldRecord,
  records: ReadonlyMap<string, FieldRecord>,
): string | undefined {
  if ('type' in before) {
    if ('type' in now) {
      return before.type === now.type ? plaintextDifference(before, now, records) : otherType(place, before, now)
    }
    return `the lock file has it as an encrypted field, but it is an index now. Write the index as a separate column instead. To reuse this one, see ${page}, then ${removing(place, before)}.`
  }
  if ('index' in before) {
    if ('index' in now) return otherIndex(place, before, now)
    return `the lock file has it as the index of ${before.index}, but it is an encrypted field now. Write that as a separate column instead. To reuse this one, see ${page}, then ${removing(place, before)}.`
  }
  return undefined
}

function otherType(place: string, before: EncryptedRecord, now: EncryptedRecord): string {
  return (
    `its values are sealed as ${before.type}, and would not open as ${now.type}. Write the previous type instead, and a ` +
    `separate field for the new one. To change it, see ${page}, then ${removing(place, before)}.`
  )
}

function otherIndex(place: string, before: IndexRecord, now: IndexRecord): string | undefined {
  const changes: string[] = []
  if (before.index !== now.index) changes.push(`its source from ${before.index} to ${now.index}`)
  if (before.scope !== now.scope) changes.push(`its scope from ${before.scope} to ${now.scope}`)
  if (before.normalize.join() !== now.normalize.join()) {
    changes.push(`its normalizers from [${before.normalize.join(', ')}] to [${now.normalize.join(', ')}]`)
  }
  if (before.part !== now.part) changes.push(`its part from ${partOf(before)} to ${partOf(now)}`)
  if (changes.length === 0) return undefined
  return (
    `the schema changes ${changes.join(', and ')}: existing rows would not be found, and a unique index would allow duplicates. ` +
    `Write a second index column with the new definition instead. To change this one, see ${page}, then ${removing(place, before)}.`
  )
}

function partOf({ part = 'the whole value' }: IndexRecord): string {
  return part
}

function recordModels(
  lock: Lock,
  present: Present,
  fields: ReadonlyMap<string, FieldRecord>,
  problems: Problem[],
): ReadonlyMap<string, ModelRecord> {
  const { datamodel, tenants } = present
  const models = new Map<string, ModelRecord>()
  const succeeded = new Set<string>()
  for (const model of datamodel.models) {
    const tenant = tenants.get(model.name)
    const table = tableOf(model)
    const now: ModelRecord = {
      ...(table === model.name ? {} : { table }),
      ...(tenant === undefined ? {} : { tenant }),
    }
    models.set(model.name, now)
    const former = formerModel(lock, present, model)
    if (former === undefined) continue
    succeeded.add(former)
    const message = otherTenant(lock, present, former, model, now)
    if (message !== undefined) problems.push({ model: model.name, message })
  }
  for (const [name, before] of lock.models) {
    const holds = [...fields.keys()].some((place) => partsOf(place)[0] === name)
    if (!models.has(name) && (holds || (before.tenant !== undefined && !succeeded.has(name)))) models.set(name, before)
  }
  return models
}

/** The name under which the lock file has this model, which may have been renamed since. */
function formerModel(lock: Lock, { datamodel, renamed }: Present, model: Model): string | undefined {
  if (lock.models.has(model.name)) return model.name
  const isGone = (name: string): boolean => lock.models.has(name) && !datamodel.models.some((one) => one.name === name)
  const holders = [...renamed].flatMap(([place, from]) => (partsOf(place)[0] === model.name ? [partsOf(from)[0]] : []))
  const table = tableOf(model)
  return (
    holders.find(isGone) ??
    [...lock.models.keys()].find((name) => isGone(name) && (lock.models.get(name)?.table ?? name) === table)
  )
}

function otherTenant(lock: Lock, present: Present, former: string, model: Model, now: ModelRecord): string | undefined {
  const { datamodel, tenants, broken } = present
  if (model.fields.some((field) => broken.has(placeOf({ model: model.name, field: field.name })))) return undefined
  const formerName = (name: string): string => {
    const found = datamodel.models.find((one) => one.name === name)
    return (found === undefined ? undefined : formerModel(lock, present, found)) ?? name
  }
  return tenantDifference({
    former,
    model,
    before: lock.models.get(former)?.tenant,
    now,
    sealed: sealedBelow(lock, datamodel, tenants, formerName, model.name),
    formerName,
  })
}
