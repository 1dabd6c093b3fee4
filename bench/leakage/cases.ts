import { commandsAttack, fingerprintAttack, known, orderAttack, type TokenOf } from './attacks.js'
import { birthdays, bornBefore, dateOf, domains, firstNames, lastNames, type Person, type Weighted } from './people.js'

/** One line of the table: what is indexed, how, and what an attack makes of it. */
export interface Case {
  readonly field: string
  readonly index: string
  /** What is seen of lengths. */
  readonly lengths: 'padded' | 'exact' | ''
  readonly attack: 'rank' | 'length' | 'fingerprint' | 'order'
  readonly named: string
  /** There is no such index. */
  readonly isRefused?: true
  /** The share of the people's values that is named, and what the command would have estimated. */
  run(people: readonly Person[]): { readonly share: number; readonly estimated?: number }
}

const whole: TokenOf = (value) => value
/** A value that is too short has the token of the empty text. */
const first =
  (n: number): TokenOf =>
  (value) =>
    value.length < n ? '' : value.slice(0, n)
const PAD = 16

interface Column {
  readonly name: string
  readonly list: readonly Weighted[]
  of(person: Person): string
}

const firstName: Column = { name: 'first name', list: firstNames, of: (person) => person.firstName }
const lastName: Column = { name: 'last name', list: lastNames, of: (person) => person.lastName }
const domain: Column = { name: 'domain of an e-mail address', list: domains, of: (person) => person.domain }
const birthday: Column = { name: 'date of birth', list: birthdays, of: (person) => dateOf(person.birthday) }

/** The attacks of the command: by rank where lengths are hidden, by length where they are not. */
function commands(
  column: Column,
  lengths: 'padded' | 'exact',
  index = 'equality',
  tokenOf: TokenOf = whole,
  named: 'tokens' | 'wholes' = 'tokens',
  what = 'the value',
): Case {
  const pad = lengths === 'padded' ? PAD : 1
  const attack = lengths === 'padded' ? 'rank' : 'length'
  const guesses = known(column.list, pad, tokenOf)
  return {
    field: column.name,
    index,
    lengths,
    attack,
    named: what,
    run(people) {
      const rows = people.map((person) => ({ token: tokenOf(column.of(person)), whole: column.of(person) }))
      const result = commandsAttack(rows, guesses, pad, attack === 'rank' ? 'byRank' : 'byLength')
      return { share: result[named], ...(result.estimated && { estimated: result.estimated[named] }) }
    },
  }
}

/** Prefixes of several lengths, as tokens in columns of their own. */
function prefixes(column: Column, lengths: readonly number[], seen: 'padded' | 'exact' = 'padded'): Case {
  return {
    field: column.name,
    index: lengths.map((n) => `first(${n})`).join(' + '),
    lengths: seen,
    attack: 'fingerprint',
    named: 'the value',
    run: (people) => ({
      share: fingerprintAttack(
        people.map(column.of),
        column.list,
        (value) => lengths.map((n) => `${n}:${first(n)(value)}`),
        true,
        seen === 'exact' ? (value) => value.length : undefined,
      ).wholes,
    }),
  }
}

const trigramsOf = (value: string): string[] => {
  const text = value.toLowerCase()
  return text.length <= 3 ? [text] : Array.from({ length: text.length - 2 }, (_, i) => text.slice(i, i + 3))
}

function trigrams(column: Column): Case {
  return {
    field: column.name,
    index: 'a token of each three letters',
    lengths: 'padded',
    attack: 'fingerprint',
    named: 'the value',
    isRefused: true,
    run: (people) => ({
      share: fingerprintAttack(people.map(column.of), column.list, trigramsOf, false).wholes,
    }),
  }
}

const LAST_DAY = birthdays.length

function ordered(named: 'days' | 'years'): Case {
  return {
    field: birthday.name,
    index: 'order-revealing',
    lengths: '',
    attack: 'order',
    named: named === 'days' ? 'the value' : 'the year',
    isRefused: true,
    run: (people) => ({
      share: orderAttack(
        people.map((person) => person.birthday),
        bornBefore,
        LAST_DAY,
      )[named],
    }),
  }
}

/** The domain of an address stands beside an envelope of the whole address. */
function domainOfEmail(lengths: 'padded' | 'exact'): Case {
  const pad = lengths === 'padded' ? PAD : 1
  const total = domains.reduce((sum, { weight }) => sum + weight, 0)
  // What is known of the part before it is how long it usually is.
  const list = domains.flatMap(({ value, weight }) =>
    [...localLengths()].map(([length, share]) => ({
      value: `${'x'.repeat(length)}@${value}`,
      weight: (weight / total) * share,
    })),
  )
  const tokenOf: TokenOf = (value) => value.slice(value.lastIndexOf('@') + 1)
  const guesses = known(list, pad, tokenOf)
  const attack = lengths === 'padded' ? 'rank' : 'length'
  return {
    field: 'e-mail address',
    index: 'part: domain',
    lengths,
    attack,
    named: 'the domain',
    run(people) {
      const rows = people.map(({ email, domain: token }) => ({ token, whole: email }))
      const result = commandsAttack(rows, guesses, pad, attack === 'rank' ? 'byRank' : 'byLength')
      return { share: result.tokens, ...(result.estimated && { estimated: result.estimated.tokens }) }
    },
  }
}

/** How long the parts before the `@` are: two names and a dot, or a name and a number. */
function localLengths(): Map<number, number> {
  const shares = new Map<number, number>()
  const add = (length: number, share: number): void => {
    shares.set(length, (shares.get(length) ?? 0) + share)
  }
  const byLength = (list: readonly Weighted[]): [number, number][] => {
    const total = list.reduce((sum, { weight }) => sum + weight, 0)
    const sums = new Map<number, number>()
    for (const { value, weight } of list) sums.set(value.length, (sums.get(value.length) ?? 0) + weight / total)
    return [...sums]
  }
  for (const [length, share] of byLength(firstNames)) {
    for (const [other, of] of byLength(lastNames)) add(length + 1 + other, 0.6 * share * of)
    add(length + 1, 0.04 * share)
    add(length + 2, 0.36 * share)
  }
  return shares
}

/** Any four digits are as common as any others. */
function lastDigits(): Case {
  const list = Array.from({ length: 10_000 }, (_, i) => ({ value: `+1000000${String(i).padStart(4, '0')}`, weight: 1 }))
  const phone: Column = { name: 'telephone number', list, of: (person) => person.phone }
  return commands(phone, 'padded', 'part: last(4)', (value) => value.slice(-4), 'tokens', 'the four digits')
}

export const cases: readonly Case[] = [
  commands(firstName, 'padded'),
  commands(firstName, 'exact'),
  commands(lastName, 'padded'),
  commands(lastName, 'exact'),
  commands(domain, 'padded'),
  commands(domain, 'exact'),
  commands(birthday, 'padded'),
  domainOfEmail('padded'),
  domainOfEmail('exact'),
  lastDigits(),
  commands(firstName, 'padded', 'part: first(3)', first(3), 'tokens', 'three letters'),
  commands(firstName, 'padded', 'part: first(3)', first(3), 'wholes'),
  commands(firstName, 'exact', 'part: first(3)', first(3), 'wholes'),
  prefixes(firstName, [3], 'exact'),
  commands(lastName, 'padded', 'part: first(3)', first(3), 'wholes'),
  prefixes(lastName, [3], 'exact'),
  prefixes(firstName, [3, 5]),
  prefixes(firstName, [3, 4, 6]),
  prefixes(lastName, [3, 5]),
  prefixes(lastName, [3, 4, 6]),
  trigrams(firstName),
  trigrams(lastName),
  ordered('days'),
  ordered('years'),
]

/** First names, where each tenant has a key of its own, or all have one: of so many rows. */
export function scoped(size: number, lengths: 'padded' | 'exact'): (people: readonly Person[]) => number {
  const pad = lengths === 'padded' ? PAD : 1
  const guesses = known(firstNames, pad, whole)
  return (people) => {
    const rows = people.map(({ firstName: value }, i) => ({
      tenant: String(Math.floor(i / size)),
      token: value,
      whole: value,
    }))
    return commandsAttack(rows, guesses, pad, lengths === 'padded' ? 'byRank' : 'byLength').tokens
  }
}
