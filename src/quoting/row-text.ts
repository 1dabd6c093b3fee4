import { quoted } from './quote.js'

/** In characters, of the text of a key. */
const LONGEST_KEY = 64

/** Where a row is, for an error message: ` at [7].visits[2] (id 12)`, or nothing where neither is known. */
export function rowText({
  path = [],
  key = {},
}: {
  readonly path?: readonly (string | number)[] | undefined
  readonly key?: Readonly<Record<string, string | number>> | undefined
}): string {
  const steps = path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`))
  const at = steps.length === 0 ? '' : ` at ${steps.join('')}`
  const named = Object.entries(key).map(
    ([field, value]) => `${field} ${typeof value === 'number' ? value : quoted(value, LONGEST_KEY)}`,
  )
  return named.length === 0 ? at : `${at} (${named.join(', ')})`
}
