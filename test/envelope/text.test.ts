import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText, encodeText } from '../../src/envelope/index.js'
import { codeOf } from './support/errors.js'

/** Of 1, 2 and 3 bytes modulo 3, so with two, one and no padding characters; with `+` and `/` in them. */
const samples = [Buffer.from('fbefbefb', 'hex'), Buffer.from('fbefbefbff', 'hex'), Buffer.from('fbefbefbffff', 'hex')]

/** Longer texts are decoded in another way. */
const longer = (text: string) => text.replace('pe1:', `pe1:${'+/9A'.repeat(100)}`)

const MALFORMED = 'ENVELOPE_MALFORMED'

describe('the text form', () => {
  it('is pe1: and padded base64 of the standard alphabet', () => {
    expect(samples.map(encodeText)).toEqual(['pe1:+++++w==', 'pe1:+++++/8=', 'pe1:+++++///'])
  })

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeText(encodeText(Buffer.from(bytes))).equals(bytes)).toBe(true)
      }),
    )
  })

  it.each([
    ['missing padding', 'pe1:+++++w'],
    ['half of the padding', 'pe1:+++++w='],
    ['too much padding', 'pe1:+++++w==='],
    ['padding where none belongs', 'pe1:+++++///=='],
    ['the URL alphabet', 'pe1:-----w=='],
    ['one character of the URL alphabet', 'pe1:+++++//_'],
    ['a stray trailing bit', 'pe1:+++++x=='],
    ['a stray trailing bit before one padding character', 'pe1:+++++/9='],
    ['a space within', 'pe1:+++ ++w=='],
    ['a leading space', 'pe1: +++++w=='],
    ['a trailing newline', 'pe1:+++++w==\n'],
    ['a line break every four characters, as MIME has', 'pe1:++++\r\n+w=='],
    ['a NUL behind', 'pe1:+++++w==\0'],
    ['padding in the middle', 'pe1:+w==++++'],
    ['anything behind the padding', 'pe1:+++++w==+++'],
    ['a single character', 'pe1:A'],
    ['a character that is in no alphabet', 'pe1:+++++w=!'],
    ['a prefix twice', 'pe1:pe1:+++++w=='],
  ])('is refused with %s', (_what, text) => {
    expect(codeOf(() => decodeText(text))).toBe(MALFORMED)
    expect(codeOf(() => decodeText(longer(text)))).toBe(MALFORMED)
  })

  it('is refused with any character whose low byte is a base64 letter', () => {
    const base = 'pe1:AAAA'
    for (const high of [0x0100, 0x0200, 0x1f00, 0xff00]) {
      for (const letter of 'ABCZaz09+/=_-') {
        const stranger = String.fromCharCode(high | letter.charCodeAt(0))
        for (const at of [4, 5, 7]) {
          const text = base.slice(0, at) + stranger + base.slice(at + 1)
          for (const one of [text, longer(text)]) {
            expect(
              codeOf(() => decodeText(one)),
              JSON.stringify(one),
            ).toBe(MALFORMED)
          }
        }
      }
    }
  })

  it.each([
    '',
    'p',
    'pe1',
    'PE1:+++++w==',
    'Pe1:+++++w==',
    ' pe1:+++++w==',
    '\ufeffpe1:+++++w==',
    'pe:AAAA',
    'pex1:AAAA',
    'ann@example.com',
  ])('is not what %j is', (text) => {
    expect(codeOf(() => decodeText(text))).toBe('ENVELOPE_NOT_AN_ENVELOPE')
  })

  it.each(['pe2:AAAA', 'pe0:', 'pe10:AAAA'])('of a later version is never taken for plain text: %j', (text) => {
    expect(codeOf(() => decodeText(text))).toBe('ENVELOPE_UNKNOWN_VERSION')
  })

  it('has one spelling: everything else is refused with a typed error', () => {
    const bytes = samples[1] ?? Buffer.alloc(0)
    const canonical = encodeText(bytes)
    const character = fc.oneof(
      fc.constantFrom(...'ABab01+/-_= \n\r\t\0pe:'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    )
    const edit = fc.record({
      at: fc.nat(canonical.length),
      remove: fc.nat(3),
      insert: fc.array(character, { maxLength: 3 }).map((all) => all.join('')),
    })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const text = edits.reduce((all, e) => all.slice(0, e.at) + e.insert + all.slice(e.at + e.remove), canonical)
        let decoded: Buffer | undefined
        codeOf(() => {
          decoded = decodeText(text)
        })
        if (decoded !== undefined) expect(encodeText(decoded)).toBe(text)
        if (text !== canonical && decoded !== undefined) expect(decoded.equals(bytes)).toBe(false)
      }),
      { numRuns: 3_000 },
    )
  })
})
