/**
 * Normalizers map different spellings of a value to one, so that an index finds all of them.
 *
 * Frozen, with pinned vectors: a stored token can only be found again with the same normalization. A change would be a new
 * normalizer with a new name. Case, white space and normal forms are those of the Unicode version of the running Node.js;
 * rows with a character that a later Unicode version adds, or assigns a case to, may have to be re-indexed.
 */
const functions = {
  /** Without white space at both ends (ECMAScript `trim`). */
  trim: (text: string) => text.trim(),
  /** In lower case, independent of the locale (ECMAScript `toLowerCase`). */
  lowercase: (text: string) => text.toLowerCase(),
  /** Canonical composition (UAX #15, NFC): `e` and a combining accent are the letter with the accent. */
  nfc: (text: string) => text.normalize('NFC'),
  /** Compatibility composition (UAX #15, NFKC): also full-width forms, ligatures, circled digits. */
  nfkc: (text: string) => text.normalize('NFKC'),
  /**
   * Without diacritics: decomposed (UAX #15, NFD), nonspacing marks (general category Mn) removed, composed again (NFC).
   * `É`, precomposed or not, becomes `E`; letters that do not decompose (`ø`, `ß`, `ł`) stay.
   */
  unaccent: (text: string) =>
    text
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '')
      .normalize('NFC'),
  /** Only the ASCII digits: `+1 (555) 010-9999` and `15550109999` are the same number. */
  digits: (text: string) => text.replace(/[^0-9]/g, ''),
} as const

export type NormalizerName = keyof typeof functions

/** Whether what these normalizers leave of a text is the same in any letter case: digits have none. */
export function ignoresCase(names: readonly NormalizerName[]): boolean {
  return names.includes('lowercase') || names.includes('digits')
}

/** Applies normalizers in the order in which the annotation lists them. */
export function normalize(text: string, names: readonly NormalizerName[]): string {
  return names.reduce((done, name) => functions[name](done), text)
}

/**
 * The same for an index of a part, where texts are compared by how they begin or end: what stands for a beginning must not
 * depend on what follows it. Of all letters, `toLowerCase` looks around a capital sigma alone, which has another small letter at the
 * end of a word; here it has the one everywhere, so that each code point is put in lower case by itself.
 *
 * @param keep the side of a text at which more may follow: white space there is part of the text.
 */
export function normalizeForPart(text: string, names: readonly NormalizerName[], keep?: 'start' | 'end'): string {
  return names.reduce((done, name) => {
    if (name === 'lowercase') return functions.lowercase(done.replaceAll('\u03a3', '\u03c3'))
    if (name !== 'trim' || keep === undefined) return functions[name](done)
    return keep === 'end' ? done.trimStart() : done.trimEnd()
  }, text)
}
