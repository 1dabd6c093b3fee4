import type { IndexKind } from './index-kind.js'
import { partKind } from './part.js'

/** Finds texts by their first code points. */
export function first(length: number): IndexKind {
  return partKind({
    name: 'first',
    operator: 'startsWith',
    needles: `${length} ${length === 1 ? 'character' : 'characters'}`,
    partOf: (text) => firstOf(text, length),
    partSought(text) {
      const part = firstOf(text, length)
      return part === text ? part : undefined
    },
  })
}

/** `undefined` for a text with fewer. A well-formed text is cut between code points, not within one. */
function firstOf(text: string, length: number): string | undefined {
  let end = 0
  for (let n = 0; n < length; n++) {
    const point = text.codePointAt(end)
    if (point === undefined) return undefined
    end += point > 0xffff ? 2 : 1
  }
  return text.slice(0, end)
}
