import type { Model } from './models.js'

/** A field of a result extension: Prisma adds what it needs after this, and that may be an encrypted field. */
export function isComputed(model: Model, key: string): boolean {
  return key !== '_count' && !model.fields.has(key)
}

/** Prisma names a model's delegate, and its entry in the client's `omit` option, with a small first letter. */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
