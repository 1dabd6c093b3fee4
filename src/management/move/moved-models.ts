import type { MovedTable } from '../../databases/index.js'
import type { Link, MovedModel } from '../../operations/index.js'
import { columnValue, holdsTenant, type Model, type Models, tenantColumnOf } from '../../prisma/query/index.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import type { RelationEntry } from '../../schema/model-map.js'
import { columnOf } from '../jobs/chosen-fields.js'
import { valueTargets } from '../jobs/value-targets.js'

/** What a move is made for. */
export interface MoveEnds {
  readonly from: string
  readonly to: string
  /** Models whose rows move with those that they refer to. */
  readonly with: ReadonlySet<string>
  /** A value as the database writes it. */
  readonly text: (value: unknown) => string
}

/** The models whose rows belong to a tenant, or are sealed for one: those of others stay as they are, whatever they refer to. */
export function movedModels(runtime: EncryptionRuntime, ends: MoveEnds): Map<string, MovedModel> {
  const { models } = runtime
  const counting = models.all.filter((model) => counts(models, model))
  const names = new Set(counting.map(({ name }) => name))
  const links = counting.flatMap((model) => linksOf(models, model, names, ends))
  return new Map(counting.map((model) => [model.name, movedModel(runtime, model, links, ends)]))
}

export function counts(models: Models, model: Model): boolean {
  if (model.unopened !== undefined || model.ofKeyTable || model.shared !== undefined) return false
  return tenantColumnOf(models, model) !== undefined || model.encrypted.size > 0
}

function movedModel(runtime: EncryptionRuntime, model: Model, all: readonly Link[], ends: MoveEnds): MovedModel {
  const { models } = runtime
  const { tenant, name } = model
  const [target] = valueTargets(runtime, [{ model, fields: [...model.encrypted.keys()] }], ends.from)
  if (target === undefined) throw new Error(`${name} has no table`)
  const [up, down] = [all.filter((link) => link.model === name), all.filter(({ to }) => to === name)]
  const tenantColumn = tenant && columnOf(model, tenant.field)
  const { tokens = [] } = target.table
  const uniques = uniquesOf(model)
  const others = [
    ...(tenantColumn === undefined ? [] : [tenantColumn]),
    ...up.flatMap(({ columns }) => columns),
    ...down.flatMap(({ references }) => references),
    ...uniques.flat().filter((column) => !tokens.includes(column)),
  ]
  const table: MovedTable = { ...target.table, texts: [...new Set([...target.table.key, ...others])] }
  return {
    name,
    target,
    table,
    tenantColumn,
    get tenantText() {
      const value = tenant && columnValue(models, model, tenant, ends.to)
      return value === undefined || value === null ? null : ends.text(value)
    },
    isOwned: tenantColumnOf(models, model) !== undefined,
    up,
    down,
    uniques,
    across: [...model.fields].flatMap(([field, entry]) =>
      entry.kind === 'relation' && isAcross(models, entry) && isOwned(models, entry.model) ? [field] : [],
    ),
  }
}

/** Those whose columns can be compared as text. */
function uniquesOf(model: Model): string[][] {
  const { fields, compounds, encrypted } = model
  const single = [...fields].flatMap(([field, entry]) =>
    entry.kind === 'scalar' && entry.unique === true ? [[field]] : [],
  )
  const isComparable = (field: string): boolean => {
    const entry = fields.get(field)
    if (entry?.kind !== 'scalar' || entry.list === true || encrypted.has(field)) return false
    return entry.type !== 'Float' && entry.type !== 'Json'
  }
  return [...single, ...compounds.values()].flatMap((unique) =>
    unique.every(isComparable) ? [unique.map((field) => columnOf(model, field))] : [],
  )
}

function isOwned(models: Models, name: string): boolean {
  const model = models.get(name)
  return model.unopened === undefined && tenantColumnOf(models, model) !== undefined
}

/** Whether a relation is over a table of its own. */
function isAcross(models: Models, { list, fields, model, opposite }: RelationEntry): boolean {
  const other = models.get(model).fields.get(opposite)
  return list === true && fields === undefined && other?.kind === 'relation' && other.list === true
}

function linksOf(models: Models, model: Model, names: ReadonlySet<string>, ends: MoveEnds): Link[] {
  return [...model.fields].flatMap(([field, entry]): Link[] => {
    if (entry.kind !== 'relation' || entry.fields === undefined || entry.references === undefined) return []
    if (!names.has(entry.model)) return []
    const target = models.get(entry.model)
    const isStep = model.step?.entry === entry
    const holds = holdsTenant(models, model, entry) && !isStep
    return [
      {
        model: model.name,
        field,
        columns: entry.fields.map((name) => columnOf(model, name)),
        to: target.name,
        references: entry.references.map((name) => columnOf(target, name)),
        kind: isStep || holds ? 'owner' : ends.with.has(model.name) ? 'with' : 'other',
        holdsTenant: holds,
      },
    ]
  })
}
