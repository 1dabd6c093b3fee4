/** In characters. */
const LONGEST = 200

/** Anything but letters, marks, numbers, punctuation, symbols and spaces: controls, bidirectional marks, line separators… */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu

/**
 * Text from a row, from KMS, or from a caller, for an error message: in quotes, with unprintable characters escaped, and
 * truncated. Anyone with write access to the database could otherwise write anything into logs and terminals.
 */
export function quoted(text: string, longest = LONGEST): string {
  const inQuotes = JSON.stringify(cut(text, longest)).replace(UNPRINTABLE, escaped)
  return text.length > longest ? `${inQuotes} (cut from ${text.length} characters)` : inQuotes
}

/** The same on one line and without quotes, for text that is a sentence. */
export function oneLine(text: string, longest = LONGEST): string {
  const line = cut(text, longest).toWellFormed().replace(UNPRINTABLE, ' ')
  return text.length > longest ? `${line}…` : line
}

function cut(text: string, longest: number): string {
  // Copied through JSON: a slice alone would keep all of a long text in memory.
  return text.length > longest ? JSON.parse(JSON.stringify(text.slice(0, longest))) : text
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
