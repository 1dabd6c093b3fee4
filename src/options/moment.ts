/** A day, which is UTC's, or a time with its offset: a time without one would be another moment on each machine. */
const UNAMBIGUOUS = /^\d{4}-\d{2}-\d{2}(?:T.+(?:Z|[+-]\d{2}:?\d{2}))?$/

/**
 * The moment that an option names, in milliseconds since 1970.
 *
 * @returns `NaN` for what is neither a valid `Date` nor a text in ISO 8601 that names one moment everywhere.
 */
export function momentOf(value: unknown): number {
  if (value instanceof Date) return value.getTime()
  return typeof value === 'string' && UNAMBIGUOUS.test(value) ? Date.parse(value) : Number.NaN
}
