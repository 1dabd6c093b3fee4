import type { TenantAnnotation } from '../annotations.js'
import type { Choice } from '../choices.js'
import { type Datamodel, type Field, holdsForeignKey, type Model, oppositeOf } from '../dmmf.js'
import type { Problem } from '../problems.js'

/** The reasons why this relation alone cannot say which tenant owns a row; `[]` if it can. */
export function tenantRelationProblems(
  datamodel: Datamodel,
  model: Model,
  relation: Field,
  { options }: TenantAnnotation,
): string[] {
  const problems: string[] = []
  if (options.collation !== undefined) {
    problems.push(
      '`collation` is about a tenant column, and this is a relation. Write `@encrypted.tenant` without it instead.',
    )
  }
  if (holdsForeignKey(relation)) return [...problems, ...halfEmptyProblems(model, relation)]
  const opposite = oppositeOf(datamodel, model, relation)
  const isTurned = opposite !== undefined && holdsForeignKey(opposite)
  if (relation.isList && !isTurned) {
    problems.push(
      `it is a list on both sides, so a row could belong to several tenants. Write \`@encrypted.tenant\` on a column of ${model.name} instead.`,
    )
  } else if (relation.isList) {
    problems.push(
      `it is a list, and its rows do not own this one. If they belong to it, write \`@encrypted.tenant\` on ${relation.type}.${opposite?.name} instead. Write it on a column of ${model.name} otherwise.`,
    )
  } else {
    problems.push(
      `its foreign key is on ${relation.type}, so a row of ${model.name} has no owner until one refers to it. ` +
        `Write \`@encrypted.tenant\` on a column of ${model.name} instead, or move the foreign key to ${model.name}.`,
    )
  }
  return problems
}

/** A foreign key of which only a part can be NULL: the rest would name a tenant, and the row be shared. */
function halfEmptyProblems(model: Model, relation: Field): string[] {
  const columns = model.fields.filter(({ name }) => relation.relationFromFields?.includes(name))
  const [required] = columns.filter(({ isRequired }) => isRequired)
  const optional = columns.filter(({ isRequired }) => !isRequired).map(({ name }) => name)
  if (required === undefined || optional.length === 0) return []
  return [
    `${optional.join(', ')} can be NULL and ${required.name} cannot: such a row would be shared, whatever ${required.name} says. ` +
      `Write \`@encrypted.tenant\` on a column such as ${required.name} instead, or make ${optional.join(', ')} required.`,
  ]
}

/** Relations that lead to no tenant: around in a circle, or to a model that does not say which tenant owns its rows. */
export function tenantPathProblems(choices: ReadonlyMap<string, Choice>): Problem[] {
  const problems: Problem[] = []
  const inCycles = new Set<string>()
  for (const { model, field, tenant } of choices.values()) {
    if (tenant.from !== 'relation' || field === undefined || !holdsForeignKey(field)) continue
    const place = { model: model.name, field: field.name }
    const cycle = cycleFrom(choices, model.name)
    if (cycle !== undefined) {
      // One problem for each circle, at the model that comes first in the schema.
      if (cycle.some((name) => inCycles.has(name))) continue
      for (const name of cycle) inCycles.add(name)
      problems.push({ ...place, message: cycleMessage(cycle) })
      continue
    }
    const target = choices.get(field.type)
    if (target === undefined) {
      problems.push({ ...place, message: undecided(model, field) })
    } else if (target.tenant.from === 'bound') {
      problems.push({
        ...place,
        message:
          `${field.type} is \`@encrypted.bound\`: nothing in its rows says which tenant they were sealed for. ` +
          `Write \`@encrypted.tenant\` on a column of ${model.name} instead, or \`/// @encrypted.bound\` above ${model.name} as well, ` +
          `or say in ${field.type} which tenant owns a row.`,
      })
    }
  }
  return problems
}

/** The models of the circle that this model is part of; `undefined` if its relations end somewhere. */
function cycleFrom(choices: ReadonlyMap<string, Choice>, start: string): string[] | undefined {
  const path = [start]
  for (;;) {
    const { tenant, field } = choices.get(path.at(-1) ?? '') ?? {}
    if (tenant?.from !== 'relation' || field === undefined) return undefined
    if (field.type === start) return path
    // A circle further on, which is reported there.
    if (path.includes(field.type)) return undefined
    path.push(field.type)
  }
}

function cycleMessage(cycle: readonly string[]): string {
  const [first = ''] = cycle
  if (cycle.length === 1) {
    return `it refers to ${first} itself, so no row says which tenant owns it. Write \`@encrypted.tenant\` on a column of ${first} instead.`
  }
  const path = [...cycle, first].join(' → ')
  return `the tenant is passed around in a circle (${path}). Write \`@encrypted.tenant\` on a column of one of these models instead.`
}

function undecided(model: Model, relation: Field): string {
  const [column, ...more] = relation.relationFromFields ?? []
  const here =
    column !== undefined && more.length === 0
      ? ` If it is the tenant itself, write the annotation on ${model.name}.${column} instead.`
      : ''
  return (
    `${relation.type} does not say which tenant owns its rows. Write \`/// @encrypted.tenant\` on its column or relation that ` +
    `does, or \`/// @encrypted.shared\` above it, as well.${here}`
  )
}
