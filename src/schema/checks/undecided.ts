import type { Database } from '../../databases/index.js'
import type { AnnotatedField } from '../annotated-fields.js'
import type { Choice } from '../choices.js'
import { foreignKeyOf, isAlwaysSet, type Model, onDeleteOf } from '../dmmf.js'
import type { Problem } from '../problems.js'
import { restrictIn } from '../relation-mode.js'
import { type Search, type Suggestion, suggestionsFor } from '../suggestions.js'

interface Decided extends Search {
  readonly database: Database
  /** Whether Prisma's client acts for the foreign keys. */
  readonly emulated: boolean
  readonly annotated: readonly AnnotatedField[]
  /** Whether a model has a tenant, by a choice that is not wrong. */
  readonly hasTenants: boolean
  readonly sharedTenant: string | undefined
}

/**
 * In a schema with tenants, encrypted models that do not say which of them owns a row. Their values would be sealed for
 * whichever tenant a call is bound to, and open for no other.
 */
export function undecidedProblems(decided: Decided): Problem[] {
  const { annotated, choices, hasTenants } = decided
  if (!hasTenants) return []
  const models = new Set(annotated.flatMap(({ model, encrypted }) => (encrypted === undefined ? [] : [model])))
  return [...models]
    .filter(({ name }) => !choices.has(name))
    .map((model, at) => ({ model: model.name, message: messageFor(decided, model, at === 0) }))
}

/** @param first whether nobody has been told yet what the annotations above a model mean. */
function messageFor(decided: Decided, model: Model, first: boolean): string {
  const { database, emulated, choices, sharedTenant } = decided
  const named = sharedTenant === undefined ? ', with `sharedTenant = "main"` in the block of this generator' : ''
  const restrict = restrictIn(database, emulated)
  const suggestions = suggestionsFor(decided, model).slice(0, 2)
  const lines = suggestions.map((suggestion) => lineFor(model, suggestion, restrict, named))
  const fields = [...lines, ...(lines.length === 0 ? [newColumn(choices)] : [])].join('; ')
  const start = `nothing says which tenant owns a row. Write one of these: ${fields}; `
  if (!first) return `${start}\`/// @encrypted.shared\` or \`/// @encrypted.bound\` above the model.`
  return (
    `${start}\`/// @encrypted.shared\` above the model, if its rows belong to no single tenant, such as users who are members of several${named}; ` +
    '`/// @encrypted.bound` above it, to seal each row for the tenant that the call is bound to.'
  )
}

function lineFor(model: Model, { field, places }: Suggestion, restrict: string, named: string): string {
  const written = places.map((place) => `\`${place}\``).join(' and on ')
  if (isAlwaysSet(model, field)) return `\`/// @encrypted.tenant\` on ${written}`
  const relation = field.kind === 'object' ? field : foreignKeyOf(model, field)
  const sets = relation !== undefined && onDeleteOf(model, relation) === 'SetNull'
  const actions = sets ? `, with \`onDelete: Cascade\` or \`onDelete: ${restrict}\` in \`${relation.name}\`` : ''
  return `\`/// @encrypted.tenant\` on ${written}${actions} (NULL is the shared tenant${named})`
}

/** A column like the others of the schema. */
function newColumn(choices: ReadonlyMap<string, Choice>): string {
  const columns = [...choices.values()].flatMap(({ tenant }) => (tenant.from === 'column' ? [tenant] : []))
  const { field, type } = columns.find((column) => column.field !== 'id') ?? {
    field: 'tenantId',
    type: columns[0]?.type ?? 'String',
  }
  return `a new column \`${field} ${type} /// @encrypted.tenant\``
}
