import type { Placement } from '../subjects/names.js'
import type { Seed } from './seeds.js'

/** A job beside an UPDATE by hand that changes as many bytes in the same columns of the same rows. */
export interface Case {
  readonly name: string
  readonly verb: 'backfill' | 'rewrap'
  readonly placement: Placement
  readonly seed: Seed
  readonly fields: readonly string[]
  /** How many times as long as the UPDATE it may take. */
  readonly most: number
  /** What the UPDATE sets. */
  set(isPostgresql: boolean): string
}

const TEXTS = ['Patient.email', 'Patient.ssn']
const COLUMNS = ['email_sealed', 'ssn']
/** Characters of the envelopes of 20 characters: those of the e-mail are padded. */
const LENGTHS: Readonly<Record<Placement, Readonly<Record<string, number>>>> = {
  table: { email_sealed: 108, ssn: 92 },
  inline: { email_sealed: 396, ssn: 380 },
}
/** What a rewrap leaves: nonce, ciphertext and tag. */
const REST = { characters: 64, bytes: 36 }

/** On MySQL, an UPDATE by hand would change this, too. */
const UPDATED_AT = 'updated_at = updated_at'

/** Longer by as much as an envelope, and an index beside it. */
function lengthened(placement: Placement): Case['set'] {
  return (isPostgresql) => {
    const texts = COLUMNS.map((column) => `${column} = rpad(${column}, ${LENGTHS[placement][column]}, 'x')`)
    const index = isPostgresql ? "decode(md5(id), 'hex')" : 'UNHEX(MD5(id))'
    return [...texts, `email_index = ${index}`, UPDATED_AT].join(', ')
  }
}

/** The end of each value put before the rest of it. */
function turned(withOthers: boolean): Case['set'] {
  return (isPostgresql) => {
    const turn = (value: string, length: number) =>
      `concat(right(${value}, ${length}), left(${value}, length(${value}) - ${length}))`
    const texts = COLUMNS.map((column) => `${column} = ${turn(column, REST.characters)}`)
    const others = isPostgresql
      ? [
          `notes = to_jsonb(${turn("(notes #>> '{}')", REST.characters)})`,
          `photo_sealed = substring(photo_sealed FROM length(photo_sealed) - ${REST.bytes - 1}) || substring(photo_sealed FROM 1 FOR length(photo_sealed) - ${REST.bytes})`,
        ]
      : [
          `notes = JSON_QUOTE(${turn('JSON_UNQUOTE(notes)', REST.characters)})`,
          `photo_sealed = ${turn('photo_sealed', REST.bytes)}`,
        ]
    return [...texts, ...(withOthers ? others : []), UPDATED_AT].join(', ')
  }
}

const rewrap = { verb: 'rewrap', placement: 'inline', seed: 'sealed_inline' } as const

export const cases: readonly Case[] = [
  ...(['table', 'inline'] as const).map(
    (placement): Case => ({
      name: `backfill of two texts, one with an index, ${placement}`,
      ...{ verb: 'backfill', placement, seed: 'plaintext', fields: TEXTS, most: 3 },
      set: lengthened(placement),
    }),
  ),
  { ...rewrap, name: 'rewrap of two texts, inline', fields: TEXTS, most: 1.2, set: turned(false) },
  {
    ...rewrap,
    name: 'rewrap of two texts, Json and Bytes, inline',
    fields: [...TEXTS, 'Patient.notes', 'Patient.photo'],
    ...{ most: 1.5, set: turned(true) },
  },
  {
    ...{ name: 'rewrap of two texts, table', verb: 'rewrap', placement: 'table', seed: 'sealed_table' },
    // It looks at rows, and changes none.
    ...{ fields: TEXTS, most: 1, set: turned(false) },
  },
]
