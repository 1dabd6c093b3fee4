/** In characters. */
const LONGEST = 200

/** What is no letter, mark, number, punctuation, symbol or plain space: controls, bidirectional marks, line separators… */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu

/**
 * Text from a row, from KMS, or from a caller, for an error message: in quotes, what cannot be printed escaped, and cut.
 * Anyone who can write to the database would otherwise write into logs and terminals, as much as they like.
 */
export function quoted(text: string, longest = LONGEST): string {
  const inQuotes = JSON.stringify(cut(text, longest)).replace(UNPRINTABLE, escaped)
  return text.length > longest ? `${inQuotes} (cut from ${text.length} characters)` : inQuotes
}

/** The same on one line without quotes, for text that is a sentence of its own. */
export function oneLine(text: string, longest = LONGEST): string {
  const line = cut(text, longest).toWellFormed().replace(UNPRINTABLE, ' ')
  return text.length > longest ? `${line}…` : line
}

function cut(text: string, longest: number): string {
  // By way of JSON, which copies: a slice alone would keep the whole of a long text in memory.
  return text.length > longest ? JSON.parse(JSON.stringify(text.slice(0, longest))) : text
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
