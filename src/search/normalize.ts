/**
 * Normalizers: what two spellings of a value have in common, for an index that should find both.
 *
 * Frozen, with pinned vectors: a stored token can only be found again by the same normalization. A change would be a new
 * normalizer under a new name. Upper and lower case, white space and normal forms are those of the Unicode version that
 * the running Node.js carries; a character that Unicode adds or first gives a case later may need its rows re-indexed.
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
   * `É`, with the accent or followed by it, is `E`; letters that do not decompose (`ø`, `ß`, `ł`) stay.
   */
  unaccent: (text: string) =>
    text
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '')
      .normalize('NFC'),
  /** The ASCII digits alone: `+1 (555) 010-9999` and `15550109999` are one number. */
  digits: (text: string) => text.replace(/[^0-9]/g, ''),
} as const

export type NormalizerName = keyof typeof functions

/** Applies normalizers in the order in which the annotation lists them. */
export function normalize(text: string, names: readonly NormalizerName[]): string {
  return names.reduce((done, name) => functions[name](done), text)
}
