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

/** Applies normalizers in the order in which the annotation lists them. */
export function normalize(text: string, names: readonly NormalizerName[]): string {
  return names.reduce((done, name) => functions[name](done), text)
}
