/**
 * Letters whose upper case has another lower case than theirs: the final sigma and the beta symbol, the long s. (Not the dotless i, which
 * is a letter of its own.) And the capital sigma, whose lower case would depend on what comes after it.
 */
const VARIANTS = /\u0345|[\u00b5\u017f\u03a3\u03c2\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f5\u1c80-\u1c88\u1e9b\u1fbe]/g

/**
 * The same text for all letter cases of a text, whatever the locale. Code point by code point, so that a part of a text is folded as it is
 * in the whole: `toLowerCase` alone writes the last sigma of a word in another way, and a beginning would not be found.
 */
export function foldCase(text: string): string {
  return text.replace(VARIANTS, (letter) => letter.toUpperCase().toLowerCase()).toLowerCase()
}
