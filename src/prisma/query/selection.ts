import type { Model } from './models.js'
import type { Rows } from './walk.js'

/** Whether this is a field of a result extension: Prisma adds what it needs later, and that may be an encrypted field. */
export function isComputed(model: Model, key: string): boolean {
  return key !== '_count' && !model.fields.has(key)
}

/** What the client's `omit` option says of a field. */
export function omittedByClient({ context, model }: Rows, field: string): boolean | undefined {
  return context.globalOmit[lowerFirst(model.name)]?.[field]
}

/** Prisma names a model's delegate, and its entry in the client's `omit` option, with a small first letter. */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
