import { distance, nearest } from './spelling.js'

const annotations =
  '`@encrypted`, `@encrypted.index(…)`, `@encrypted.tenant`, `@encrypted.shared`, `@encrypted.bound`, `@encrypted.keys` or ' +
  '`@encrypted.keyCounts`'

/** What other tools call `@encrypted.index`. */
const indexLike = new Set(['idx', 'hash', 'blind', 'search', 'unique'])

/** Options that were written as annotations of their own. */
const optionLike = new Map(
  [
    ['`@encrypted(legacy: read, until: "2027-03-01")`', ['legacy', 'backfill']],
    ['`@encrypted(write: plain)`', ['plain', 'plaintext', 'write', 'eject']],
  ].flatMap(([meant, words]) => (words as string[]).map((word) => [word, meant as string] as const)),
)

/** Words that are more than two edits from "encrypted" but can only mean that. */
const encryptedLike = new Set(['encryption'])

/**
 * What the author of an unknown tag meant, if it is so close to one of ours that it can hardly belong to another tool.
 * `@zod`, `@deprecated` and `@encryptedly` are ignored; `@encypted`, `@Encrypted` and `@encrypted.idx` are not.
 */
export function likelyMeant(name: string): string | undefined {
  const [head = '', sub] = name.split(/[.:-]/)
  const word = head.toLowerCase()
  if (nearEncrypted(word)) {
    if (sub === undefined) return '`@encrypted`'
    const option = optionLike.get(sub.toLowerCase())
    if (option !== undefined) return option
    if (indexLike.has(sub.toLowerCase())) return '`@encrypted.index(…)`'
    const meant = nearest(sub, longParts, 3) ?? nearest(sub, shortParts, 1)
    return meant === undefined ? annotations : written(meant)
  }
  const joined = word.replaceAll('_', '')
  const meant = parts.find((part) => distance(joined, `encrypted${part.toLowerCase()}`) <= 2)
  return meant === undefined ? undefined : written(meant)
}

const longParts = ['index', 'tenant', 'shared', 'bound', 'keyCounts'] as const
/** Three edits of a word of four letters are another word. */
const shortParts = ['keys'] as const
const parts = [...longParts, ...shortParts]

function written(part: string): string {
  return part === 'index' ? '`@encrypted.index(…)`' : `\`@encrypted.${part}\``
}

function nearEncrypted(word: string): boolean {
  if (encryptedLike.has(word)) return true
  // With two more letters it is another word, which other tools may use: `@encryptedly`, `@encryptedAt`.
  if (word.startsWith('encrypted')) return word.length <= 'encrypted'.length + 1
  return distance(word, 'encrypted') <= 2
}
