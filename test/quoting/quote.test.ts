import { describe, expect, it } from 'vitest'
import { oneLine, quoted } from '../../src/quoting/quote.js'

const HOSTILE = `arn:aws:kms:x:1:key/\r\n\u001b[2J\u001b]0;title\u0007\u009b31m\u202egpj.exe\u2066\u2028\u0000\ud800${'x'.repeat(50_000)}`

describe('text from a row, in an error', () => {
  it.each([quoted, oneLine])('is one printable line, cut, by $name', (show) => {
    const shown = show(HOSTILE)
    expect(shown).toMatch(/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u)
    expect(shown.isWellFormed()).toBe(true)
    expect(shown.length).toBeLessThan(400)
    expect(shown).toContain('arn:aws:kms:x:1:key/')
  })

  it('is escaped, and says how long it was', () => {
    expect(quoted('a\n\u202e"\u007f')).toBe('"a\\n\\u{202e}\\"\\u{7f}"')
    expect(quoted(HOSTILE)).toMatch(/ \(cut from 50\d\d\d characters\)$/)
  })

  it('is left as it is where it can be read', () => {
    for (const text of ['acme', 'Ünïcode 漢字 🦄', "it's [fine] <so>"]) {
      expect(quoted(text)).toBe(`"${text}"`)
      expect(oneLine(text)).toBe(text)
    }
  })
})
