import type { IndexKind } from './index-kind.js'
import { partKind } from './part.js'

/** Finds texts by their last code points. */
export function last(length: number): IndexKind {
  return partKind({
    name: 'last',
    operator: 'endsWith',
    needles: `${length} ${length === 1 ? 'character' : 'characters'}`,
    partOf: (text) => lastOf(text, length),
    partSought(text) {
      const part = lastOf(text, length)
      return part === text ? part : undefined
    },
  })
}

/** `undefined` for a text with fewer. */
function lastOf(text: string, length: number): string | undefined {
  let start = text.length
  for (let n = 0; n < length; n++) {
    if (start === 0) return undefined
    // In a well-formed text, one half of a pair is behind the other.
    start -= isLowSurrogate(text.charCodeAt(start - 1)) ? 2 : 1
  }
  return text.slice(start)
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
