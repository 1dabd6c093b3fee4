import { partKind } from './part.js'

/** Finds e-mail addresses, and whatever else has an `@`, by what follows the last one. */
export const domain = partKind({
  name: 'domain',
  operator: 'endsWith',
  needles: '"@" and a whole domain',
  partOf: domainOf,
  // With another "@" before it, not every text of that domain ends so.
  partSought: (text) => (text.lastIndexOf('@') === 0 ? domainOf(text) : undefined),
})

function domainOf(text: string): string | undefined {
  const at = text.lastIndexOf('@')
  return at < 0 || at === text.length - 1 ? undefined : text.slice(at + 1)
}
