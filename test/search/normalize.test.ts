import { expect, test } from 'vitest'
import { type NormalizerName, normalize } from '../../src/search/index.js'

/** Frozen: what a normalizer makes of a value decides what a stored token can be found by. */
test.each<[NormalizerName[], string, string]>([
  [['trim'], '\u00a0\t Ann \ufeff\r\n', 'Ann'],
  [['trim'], 'An n', 'An n'],
  [['lowercase'], 'ANN@EXAMPLE.COM', 'ann@example.com'],
  [['lowercase'], 'ÄÖÜẞ', 'äöüß'],
  [['lowercase'], 'İI', 'i\u0307i'],
  [['lowercase'], 'ΟΔΟΣ', 'οδος'],
  [['nfc'], 'e\u0301', '\u00e9'],
  [['nfc'], '\ufb01', '\ufb01'],
  [['nfkc'], '\ufb01 \uff21 \u2460', 'fi A 1'],
  [['unaccent'], 'Crème Brûlée', 'Creme Brulee'],
  [['unaccent'], 'E\u0301 \u00c9 \u01d6', 'E E u'],
  [['unaccent'], 'Ørsted, Straße, Łódź', 'Ørsted, Straße, Łodz'],
  [['unaccent'], '한국어', '한국어'],
  [['unaccent'], '\u0301', ''],
  [['lowercase', 'unaccent'], 'İstanbul', 'istanbul'],
  [['digits'], '+1 (555) 010-9999', '15550109999'],
  [['digits'], '٣ three', ''],
  [['trim', 'lowercase'], '  Ann@Example.COM ', 'ann@example.com'],
  [['lowercase', 'nfc'], 'E\u0301', '\u00e9'],
  [[], ' As It Is ', ' As It Is '],
])('%j turns %j into %j', (names, text, normalized) => {
  expect(normalize(text, names)).toBe(normalized)
})

test.each<NormalizerName>(['trim', 'lowercase', 'nfc', 'nfkc', 'unaccent', 'digits'])(
  '%s done twice is done once',
  (name) => {
    const once = normalize(' İ\u0301ﬁ Ⅳ 12-٣ ΟΔΟΣ ', [name])
    expect(normalize(once, [name])).toBe(once)
  },
)
