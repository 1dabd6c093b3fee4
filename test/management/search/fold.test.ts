import { expect, test } from 'vitest'
import { foldCase } from '../../../src/management/search/fold.js'

const codePoints = function* (): Generator<string> {
  for (let point = 0; point <= 0x10ffff; point++) {
    if (point < 0xd800 || point > 0xdfff) yield String.fromCodePoint(point)
  }
}

test('takes for the same what the regular expressions of ECMAScript do, of all code points with one lower case', () => {
  const wrong: string[] = []
  for (const letter of codePoints()) {
    const folded = foldCase(letter)
    // The dotted I: two code points in lower case.
    if (folded === letter || [...folded].length > 1) continue
    if (!new RegExp(`^${folded}$`, 'iu').test(letter)) wrong.push(letter)
  }
  expect(wrong).toEqual([])
})

test('takes upper, lower and title case for the same', () => {
  const wrong: string[] = []
  for (const letter of codePoints()) {
    const upper = letter.toUpperCase()
    // Not what is several letters in upper case, nor the dotless i, which is a letter of its own.
    if ([...upper].length > 1 || letter === 'ı') continue
    if (foldCase(upper) !== foldCase(letter)) wrong.push(letter)
  }
  expect(wrong).toEqual([])
})

test.each([
  ['ΟΔΟΣ', 'οδοσ'],
  ['οδος', 'οδοσ'],
  ['ΟΔΟΣ.', 'οδοσ.'],
  ['ſtraße', 'straße'],
  ['STRASSE', 'strasse'],
  ['ÉCLAIR', 'éclair'],
  ['E\u0301', 'e\u0301'],
  ['İ', 'i\u0307'],
  ['ı', 'ı'],
  ['𐐀', '𐐨'],
])('%s is %s', (text, folded) => {
  expect(foldCase(text)).toBe(folded)
})

test('folds a part of a text as it is in the whole', () => {
  const text = 'ΟΔΟΣ ΣΑΣ İSTANBUL ſtraße ΜΆΪΟΣ'
  for (let from = 0; from <= text.length; from++) {
    for (let to = from; to <= text.length; to++) {
      expect(foldCase(text).includes(foldCase(text.slice(from, to)))).toBe(true)
    }
    expect(foldCase(text.slice(0, from)) + foldCase(text.slice(from))).toBe(foldCase(text))
  }
})
