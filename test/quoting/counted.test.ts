import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { counted } from '../../src/quoting/counted.js'

test('a count agrees with its noun', () => {
  expect([0, 1, 2, 12_345].map((n) => counted(n, 'row'))).toEqual(['0 rows', '1 row', '2 rows', '12,345 rows'])
  expect([1, 2].map((n) => counted(n, 'index', 'indexes'))).toEqual(['1 index', '2 indexes'])
  expect([1, 2].map((n) => counted(n, 'value stays', 'values stay'))).toEqual(['1 value stays', '2 values stay'])
})

/** A number that may be 1, and a noun in the plural: all but constants, which are in capitals. */
const NOUNS =
  'rows|values|keys|fields|models|tenants|columns|indexes|jobs|parts|lines|tokens|groups|others|calls|relations'
const UNCOUNTED = new RegExp(`\\$\\{(?![A-Z])[^}]*\\} (?:${NOUNS})\\b`, 'g')

test('no message puts a noun in the plural behind a number by itself', () => {
  const src = fileURLToPath(new URL('../../src', import.meta.url))
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const found = files.flatMap((file) =>
    [...readFileSync(join(src, file), 'utf8').matchAll(UNCOUNTED)].map(([text]) => `${file}: ${text}`),
  )
  expect(found).toEqual([])
})
