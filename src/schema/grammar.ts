import { isLengthOf, LONGEST_PART, type Part, type PartKindName, partText, SHORTEST_PART } from '../search/index.js'
import { LARGEST_PAD, NO_PADDING } from '../values/index.js'
import { isDay } from './day.js'
import type { Value } from './lexer.js'
import { indexScopes, type Normalizer, normalizers } from './model-map.js'
import { nearest } from './spelling.js'

/** What an option's value means, or what is wrong with it. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

/** A kind of option: how its value is read, and an example for messages. */
interface Option<T> {
  /** What to write: as near as can be to what was written, which need not be readable. */
  example(written: string): string
  /** @param written the value as it stands in the comment. */
  read(value: Value, written: string): Read<T>
}

interface AnnotationGrammar {
  /** The meaning of the one argument without a name, and an example. */
  readonly positional?: { readonly meaning: string; readonly example: string }
  readonly options: { readonly [option: string]: Option<unknown> }
}

/** A name that is frozen in every envelope: `"model.field"`. */
export const logicalName = /^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$/

const as: Option<string> = {
  example: (written) => `as: "${/[A-Za-z_]\w*\.[A-Za-z_]\w*/.exec(written)?.[0] ?? 'patient.ssn'}"`,
  read(value) {
    if (value.kind === 'string' && logicalName.test(value.text)) return { ok: true, value: value.text }
    return {
      ok: false,
      message: 'must be a quoted name of two parts separated by a dot, each of letters, digits and "_"',
    }
  },
}

const normalize: Option<readonly Normalizer[]> = {
  example(written) {
    // In the order that was written, which is part of an index's key.
    const found = [...new Set(written.match(/\w+/g))].filter((word) => normalizers.some((name) => name === word))
    const isClash = contradictions.some(({ a, b }) => found.includes(a) && found.includes(b))
    return `normalize: [${found.length === 0 || isClash ? 'trim, lowercase' : found.join(', ')}]`
  },
  read(value) {
    if (value.kind !== 'list') return { ok: false, message: `must be a list of: ${normalizers.join(', ')}` }
    const found: Normalizer[] = []
    for (const item of value.items) {
      const known = item.kind === 'word' ? normalizers.find((name) => name === item.text) : undefined
      if (known === undefined) {
        const text = item.kind === 'list' ? 'a list' : JSON.stringify(item.text)
        return { ok: false, message: `contains ${text}, but must be a list of: ${normalizers.join(', ')}` }
      }
      if (found.includes(known)) return { ok: false, message: `lists ${known} twice` }
      found.push(known)
    }
    const clash = contradictions.find(({ a, b }) => found.includes(a) && found.includes(b))
    if (clash !== undefined) return { ok: false, message: `cannot have both ${clash.a} and ${clash.b}: ${clash.since}` }
    return { ok: true, value: found }
  },
}

const contradictions: readonly { a: Normalizer; b: Normalizer; since: string }[] = [
  { a: 'nfc', b: 'nfkc', since: 'nfkc includes nfc' },
  { a: 'nfc', b: 'unaccent', since: 'unaccent includes nfc' },
  { a: 'digits', b: 'unaccent', since: 'digits keeps digits only' },
  { a: 'digits', b: 'lowercase', since: 'digits keeps digits only' },
  { a: 'digits', b: 'trim', since: 'digits keeps digits only' },
]

function oneOf<const T extends string>(option: string, ...choices: readonly T[]): Option<T> {
  return {
    example: (written) => `${option}: ${choices.find((name) => written.includes(name)) ?? choices[0]}`,
    read(value) {
      const choice = value.kind === 'word' ? choices.find((name) => name === value.text) : undefined
      if (choice !== undefined) return { ok: true, value: choice }
      return { ok: false, message: `must be the bare word ${choices.join(' or ')}` }
    },
  }
}

const pad: Option<number> = {
  example(written) {
    if (/\bnone\b/.test(written)) return 'pad: none'
    const bytes = Number(/\d+/.exec(written)?.[0] ?? 0)
    return `pad: ${bytes >= SMALLEST_PAD && bytes <= LARGEST_PAD ? bytes : USUAL_PAD}`
  },
  read(value) {
    if (value.kind === 'word' && value.text === 'none') return { ok: true, value: NO_PADDING }
    const bytes = value.kind === 'word' && /^[1-9]\d*$/.test(value.text) ? Number(value.text) : 0
    if (bytes >= SMALLEST_PAD && bytes <= LARGEST_PAD) return { ok: true, value: bytes }
    return {
      ok: false,
      message: `must be a number of bytes, ${SMALLEST_PAD} to ${LARGEST_PAD.toLocaleString('en')}, or none`,
    }
  },
}

/** Which part of a text an index is computed from. */
const part: Option<Part> = {
  example: (written) => `part: ${partMeant(written)}`,
  read(value, written) {
    if (value.kind === 'word' && value.text === 'domain') return { ok: true, value: { kind: 'domain' } }
    if (value.kind === 'call' && (value.name === 'first' || value.name === 'last') && value.items.length === 1) {
      const [item] = value.items
      const length = item?.kind === 'word' && /^[1-9]\d*$/.test(item.text) ? Number(item.text) : 0
      if (isLengthOf(value.name, length)) return { ok: true, value: { kind: value.name, length } }
    }
    return {
      ok: false,
      message: `is ${shown(written)}, but must be domain, or first(n) or last(n) of ${SHORTEST_PART} to ${LONGEST_PART} characters`,
    }
  },
}

/** Other words for the kinds of part. */
const partWords: { readonly [word: string]: PartKindName } = {
  first: 'first',
  prefix: 'first',
  start: 'first',
  startsWith: 'first',
  last: 'last',
  suffix: 'last',
  end: 'last',
  endsWith: 'last',
  domain: 'domain',
}
/** How long they usually are. */
const usualLengths = { first: 3, last: 4 } as const

/** The part that was meant. */
function partMeant(written: string): string {
  const word = nearest(/[A-Za-z]+/.exec(written)?.[0] ?? '', Object.keys(partWords), 2) ?? 'first'
  const kind = partWords[word] ?? 'first'
  if (kind === 'domain') return kind
  // A sign or a fraction is no length.
  const length = Number(/(?<![\d.-])\d+(?![\d.])/.exec(written)?.[0] ?? 0)
  const isUsable = length >= SHORTEST_PART && isLengthOf(kind, length)
  return partText({ kind, length: isUsable ? length : usualLengths[kind] })
}

/** What was written, for messages. */
function shown(written: string): string {
  const line = written.replace(/\s+/g, ' ')
  return line.length > LONGEST_SHOWN ? 'something else' : `\`${line}\``
}

const LONGEST_SHOWN = 40

/** A day of the calendar; its last moment is by UTC. */
const until: Option<string> = {
  example: (written) => `until: "${written.match(/\d{4}-\d\d-\d\d/g)?.find(isDay) ?? '2027-03-01'}"`,
  read(value) {
    if (value.kind === 'string' && isDay(value.text)) return { ok: true, value: value.text }
    return { ok: false, message: 'must be a quoted date, year, month and day' }
  },
}

const SMALLEST_PAD = 2
const USUAL_PAD = 16

/** The whole annotation language. A new option is one line here. */
export const grammar = {
  encrypted: {
    options: {
      as,
      pad,
      links: oneOf('links', 'accepted'),
      legacy: oneOf('legacy', 'read'),
      until,
      write: oneOf('write', 'plain'),
    },
  },
  'encrypted.index': {
    positional: { meaning: 'the encrypted field that it indexes', example: 'field' },
    options: {
      part,
      normalize,
      scope: oneOf('scope', ...indexScopes),
      lowEntropy: oneOf('lowEntropy', 'accepted'),
      leaks: oneOf('leaks', 'accepted'),
      as,
    },
  },
  'encrypted.tenant': { options: { collation: oneOf('collation', 'binary') } },
  'encrypted.shared': { options: {} },
  'encrypted.bound': { options: {} },
  'encrypted.keys': { options: {} },
  'encrypted.keyCounts': { options: {} },
  'encrypted.jobs': { options: {} },
} as const satisfies { readonly [annotation: string]: AnnotationGrammar }

export type AnnotationName = keyof typeof grammar

type OptionValue<O> = O extends Option<infer T> ? T : never
export type OptionsOf<N extends AnnotationName> = {
  readonly [O in keyof (typeof grammar)[N]['options']]?: OptionValue<(typeof grammar)[N]['options'][O]>
}

export function grammarOf(name: AnnotationName): AnnotationGrammar {
  return grammar[name]
}

export function isAnnotationName(name: string): name is AnnotationName {
  return Object.hasOwn(grammar, name)
}
