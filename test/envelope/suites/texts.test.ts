import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type SuiteKey, suites } from '../../../src/envelope/index.js'
import { accelerator } from '../../../src/envelope/suites/accelerator.js'
import { NativeGcmKey } from '../../../src/envelope/suites/aes-256-gcm-native.js'
import { NodeGcmKey } from '../../../src/envelope/suites/aes-256-gcm-node.js'

beforeAll(() => suites['xchacha20-poly1305'].prepare())

const addon = accelerator()
const bytes = () => Uint8Array.from({ length: 32 }, (_, i) => i)
const node = { by: 'node:crypto', nonceLength: 12, importKey: (): SuiteKey => new NodeGcmKey(bytes()) }
const native = addon && {
  by: 'the addon',
  nonceLength: 12,
  importKey: (): SuiteKey => new NativeGcmKey(addon, bytes()),
}
const sodium = { by: 'libsodium', nonceLength: 24, importKey: () => suites['xchacha20-poly1305'].importKey(bytes()) }
const implementations = [node, sodium, ...(native === undefined ? [] : [native])]

const authenticated = Buffer.from('what is authenticated')
const PREFIX = `pe1:${Buffer.alloc(234, 0x5a).toString('base64')}`

/** What follows the prefix, in bytes. */
const messageOf = (envelope: string) => Buffer.from(envelope.slice(PREFIX.length), 'base64')
const envelopeOf = (message: Uint8Array) => PREFIX + Buffer.from(message).toString('base64')

/** An envelope with bytes that need not be text. */
function sealedBytes(key: SuiteKey, nonceLength: number, content: Uint8Array): string {
  const pass = key.begin(authenticated, nonceLength + content.length + 16)
  try {
    pass.arena.fill(7, 0, nonceLength)
    pass.arena.set(content, nonceLength)
    pass.seal(Uint32Array.of(nonceLength, content.length))
    return envelopeOf(pass.arena)
  } finally {
    pass.end()
  }
}

/** Of every length modulo 3, and modulo a block; of one byte, two and more for a character; and as V8 has them. */
const TEXTS: readonly string[] = [
  ...Array.from({ length: 70 }, (_, length) => 'abcdefg'.repeat(10).slice(0, length)),
  'a\0b',
  '\u007f\u0080',
  'é'.repeat(1_000),
  '漢'.repeat(5_000),
  '🦷'.repeat(3_000),
  '\ufeffx',
  '\ufffd',
  '\ud7ff\ue000\uffff\u{10000}\u{10ffff}',
  'a'.repeat(2 ** 20),
  // A rope, a slice of a long string, and a string of two bytes a character that holds ASCII.
  ['a', 'b', 'c'].reduce((rope, part) => rope + part.repeat(1_000), ''),
  `${'x'.repeat(100)}slice of a long string`.slice(100),
  `漢${'only ASCII in two bytes a character'}`.slice(1),
]

describe.each(implementations)('texts by $by', ({ nonceLength, importKey }) => {
  const key = importKey()
  const seal = (texts: readonly string[]) => key.sealTexts(authenticated, PREFIX, texts)
  const open = (envelopes: readonly string[]) => key.openTexts(authenticated, PREFIX, envelopes)

  it('are read back as they were, in order', () => {
    expect(open(seal(TEXTS))).toEqual(TEXTS)
    expect(open([])).toEqual([])
    expect(seal([])).toEqual([])
  })

  it('are read back as they were, whatever they are', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', maxLength: 200 }))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 300 }), (texts) => {
        expect(open(seal(texts))).toEqual(texts)
      }),
    )
  })

  it('become the prefix, then canonical base64 of nonce, ciphertext and tag', () => {
    seal(TEXTS).forEach((envelope, i) => {
      const message = messageOf(envelope)
      expect(envelope).toBe(envelopeOf(message))
      expect(message.length).toBe(nonceLength + Buffer.byteLength(TEXTS[i] ?? '') + 16)
    })
  })

  it.each([2, 3, 16, 100, 1024])('padded to a multiple of %i bytes are read back as they were', (pad) => {
    const texts = TEXTS.filter(({ length }) => length < 10_000)
    const envelopes = key.sealTexts(authenticated, PREFIX, texts, pad)
    expect(open(envelopes)).toEqual(texts)
    envelopes.forEach((envelope, i) => {
      const size = messageOf(envelope).length - nonceLength - 16
      const bytes = Buffer.byteLength(texts[i] ?? '')
      // An empty text looks like any other short one.
      expect(size).toBe(Math.max(pad, Math.ceil(bytes / pad) * pad))
    })
  })

  it('are sealed under a nonce each, also in many calls', () => {
    const nonces = Array.from({ length: 20 }, (_, i) => seal(Array(i * 17).fill('text'))).flat()
    const distinct = new Set(nonces.map((envelope) => messageOf(envelope).toString('latin1', 0, nonceLength)))
    expect(distinct.size).toBe(nonces.length)
    // Every byte of a nonce is drawn.
    const drawn = nonces.map((envelope) => messageOf(envelope).subarray(0, nonceLength))
    const seen = Array.from({ length: nonceLength }, (_, at) => drawn.reduce((or, nonce) => or | (nonce[at] ?? 0), 0))
    expect(seen.every((byte) => byte !== 0)).toBe(true)
  })

  it('with a lone surrogate are not sealed', () => {
    for (const text of ['\ud800', 'a\udc00', '\ud800a', '\udc00\ud800', 'é\ud83e']) {
      expect(() => seal(['before', text, 'after'])).toThrow('lone surrogate')
    }
  })

  it('are opened from canonical base64 only', () => {
    for (const text of ['', 'a', 'ab', 'abc']) {
      const [envelope = ''] = seal([text])
      const last = envelope.replace(/=*$/, '').length - 1
      const next = String.fromCharCode(envelope.charCodeAt(last) + 1)
      const spellings = [
        envelope.slice(0, -1),
        `${envelope}=`,
        `${envelope}====`,
        `${envelope}A`,
        `${envelope} `,
        ` ${envelope}`,
        `${envelope.slice(0, -4)}\n${envelope.slice(-4)}`,
        envelope.replaceAll('=', ''),
        // A character whose low byte is the one of another, as a decoder sees it that goes by bytes.
        ...[...envelope].flatMap((character, at) =>
          at < PREFIX.length - 2 || at % 7 !== 0
            ? []
            : [0x100, 0x80, 0x2000].map(
                (more) =>
                  envelope.slice(0, at) + String.fromCharCode(character.charCodeAt(0) + more) + envelope.slice(at + 1),
              ),
        ),
        ...['-', '_', '\0', '\u007f', '\u00ff', '=', ':'].map(
          (other) => envelope.slice(0, PREFIX.length + 6) + other + envelope.slice(PREFIX.length + 7),
        ),
        // The unused bits of the last character.
        ...(envelope.endsWith('=') ? [envelope.slice(0, last) + next + envelope.slice(last + 1)] : []),
      ]
      for (const spelling of spellings.filter((each) => each !== envelope)) {
        expect(open([spelling]), JSON.stringify(spelling)).toBe(0)
      }
      expect(open([envelope])).toEqual([text])
    }
  })

  it('are not opened if a bit of the message is changed, wherever', () => {
    const [envelope = ''] = seal(['a text of twenty byt'])
    const message = messageOf(envelope)
    for (let bit = 0; bit < message.length * 8; bit++) {
      const changed = Buffer.from(message)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(open([envelope, envelopeOf(changed)])).toBe(1)
    }
  })

  it('are not opened from less than a nonce and a tag', () => {
    const message = messageOf(seal([''])[0] ?? '')
    for (let length = 0; length < message.length; length++)
      expect(open([envelopeOf(message.subarray(0, length))])).toBe(0)
  })

  it('are not opened with other authenticated data, another key or another prefix', () => {
    const envelopes = seal(['text'])
    expect(key.openTexts(Buffer.from('what is not'), PREFIX, envelopes)).toBe(0)
    expect(key.openTexts(Buffer.alloc(0), PREFIX, envelopes)).toBe(0)
    expect(key.openTexts(authenticated, `${PREFIX.slice(0, -4)}AAAA`, envelopes)).toBe(0)
    expect(open([PREFIX.slice(0, -1), ''])).toBe(0)
    expect(open([''])).toBe(0)
    expect(open(envelopes)).toEqual(['text'])
  })

  it('are opened without the padding behind them, bytes 0xff', () => {
    for (const [content, text] of [
      ['', ''],
      ['a', 'a'],
      ['é漢', 'é漢'],
      ['ÿ', 'ÿ'],
    ] as const) {
      for (const padding of [0, 1, 2, 15, 16, 5_000]) {
        const padded = Buffer.concat([Buffer.from(content), Buffer.alloc(padding, 0xff)])
        expect(open([sealedBytes(key, nonceLength, padded)])).toEqual([text])
      }
    }
  })

  it.each([
    [0xff, 0x61],
    [0x80],
    [0xc0, 0x80],
    [0xc3],
    [0xe0, 0x9f, 0xbf],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x8f, 0xbf, 0xbf],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0xe2, 0x82],
    [0xf0, 0x9f, 0xa6],
  ])('are not opened from bytes that are not UTF-8: %i', (...content) => {
    const good = seal(['text'])
    expect(open([...good, sealedBytes(key, nonceLength, Uint8Array.from(content))])).toBe(1)
    expect(open([sealedBytes(key, nonceLength, Uint8Array.from([0x61, ...content, 0x61]))])).toBe(0)
  })

  it('are refused as a whole with the index of the first that does not open, whatever is wrong with it', () => {
    const good = seal(Array<string>(1_000).fill('a text'))
    const altered = envelopeOf(messageOf(good[0] ?? '').map((byte, i) => (i === 3 ? byte ^ 1 : byte)))
    const faults = [altered, `${good[0]}=`, PREFIX, '', sealedBytes(key, nonceLength, Uint8Array.of(0xff, 0x61))]
    for (const first of faults) {
      for (const second of faults) {
        const envelopes = [...good]
        envelopes[700] = first
        envelopes[701] = second
        expect(open(envelopes)).toBe(700)
      }
    }
  })

  it('are neither sealed nor opened once the key was destroyed', () => {
    const destroyed = importKey()
    const envelopes = destroyed.sealTexts(authenticated, PREFIX, ['text'])
    destroyed.destroy()
    expect(() => destroyed.sealTexts(authenticated, PREFIX, ['text'])).toThrow('destroyed')
    expect(() => destroyed.openTexts(authenticated, PREFIX, envelopes)).toThrow('destroyed')
  })
})

describe.runIf(native !== undefined)('texts by the addon and by node:crypto', () => {
  it('open what the other has sealed', () => {
    const [a, b] = [native ?? node, node].map(({ importKey }) => importKey())
    if (a === undefined || b === undefined) return
    expect(a.openTexts(authenticated, PREFIX, b.sealTexts(authenticated, PREFIX, TEXTS))).toEqual(TEXTS)
    expect(b.openTexts(authenticated, PREFIX, a.sealTexts(authenticated, PREFIX, TEXTS))).toEqual(TEXTS)
  })

  it('come to the same, whatever is done to an envelope', () => {
    const [a, b] = [native ?? node, node].map(({ importKey }) => importKey())
    if (a === undefined || b === undefined) return
    const edit = fc.record({
      at: fc.nat(PREFIX.length + 100),
      remove: fc.nat(3),
      insert: fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.base64String({ maxLength: 4 })),
    })
    const sealed = fc.record({
      text: fc.string({ unit: 'binary', maxLength: 60 }),
      edits: fc.array(edit, { maxLength: 2 }),
    })
    fc.assert(
      fc.property(fc.array(sealed, { maxLength: 5 }), (drawn) => {
        const envelopes = b
          .sealTexts(
            authenticated,
            PREFIX,
            drawn.map(({ text }) => text),
          )
          .map((envelope, i) =>
            (drawn[i]?.edits ?? []).reduce(
              (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove),
              envelope,
            ),
          )
        expect(a.openTexts(authenticated, PREFIX, envelopes)).toEqual(b.openTexts(authenticated, PREFIX, envelopes))
      }),
      { numRuns: 2_000 },
    )
  })

  it('come to the same, whatever bytes another writer has sealed', () => {
    const [a, b] = [native ?? node, node].map(({ importKey }) => importKey())
    if (a === undefined || b === undefined) return
    const content = fc.array(fc.constantFrom(0x61, 0x7f, 0x80, 0xbf, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xff), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(content, (sealed) => {
        const envelope = sealedBytes(b, 12, Uint8Array.from(sealed))
        expect(a.openTexts(authenticated, PREFIX, [envelope])).toEqual(b.openTexts(authenticated, PREFIX, [envelope]))
      }),
      { numRuns: 5_000 },
    )
  })
})
