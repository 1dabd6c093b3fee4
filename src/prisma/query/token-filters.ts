import type { Model } from './models.js'
import { isPlainObject } from './prisma-values.js'
import { tokenWanted } from './refusals.js'

/**
 * Refuses a filter on an index column that has a text where tokens are. Prisma would take it for base64 and find nothing, or show it
 * in its error: it may be what somebody searches for. Throws `ENVELOPE_VALUE_INVALID`.
 */
export function refuseTextForToken(model: Model, field: string, filter: unknown): void {
  if (!model.indexColumns.has(field) || !holdsText(filter)) return
  const source = [...model.indexes.values()].flat().find((index) => index.field === field)?.source.field
  throw tokenWanted(model.name, field, source ?? field)
}

function holdsText(filter: unknown): boolean {
  if (Array.isArray(filter)) return filter.some(holdsText)
  if (isPlainObject(filter)) return Object.entries(filter).some(([key, value]) => key !== '_count' && holdsText(value))
  return typeof filter === 'string' || typeof filter === 'number' || typeof filter === 'bigint'
}
