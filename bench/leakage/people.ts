import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { randomFrom } from './random.js'

/** A value, and how common it is. */
export interface Weighted {
  readonly value: string
  readonly weight: number
}

/** Somebody who does not exist. */
export interface Person {
  readonly firstName: string
  readonly lastName: string
  readonly domain: string
  readonly email: string
  readonly phone: string
  /** Days since 1926. */
  readonly birthday: number
}

/**
 * The names of the United States' census of 1990, which are in the public domain
 * (https://www.census.gov/topics/population/genealogy/data/1990_census.html): thousandths of a percent. First names are half those of women and half
 * those of men; of last names, those that two people in 100,000 have.
 */
export const firstNames = namesIn('first-names')
export const lastNames = namesIn('last-names')

function namesIn(file: string): readonly Weighted[] {
  const text = readFileSync(new URL(`names/${file}.csv`, import.meta.url), 'utf8')
  const records = parse(text) as [string, string][]
  return records.map(([value, weight]) => ({ value, weight: Number(weight) }))
}

/** Made up: of ten addresses seven are with one of a dozen large providers, and the others with companies named after people, by Zipf's law. */
export const domains: readonly Weighted[] = [
  ...(
    [
      ['gmail.com', 36],
      ['yahoo.com', 11],
      ['hotmail.com', 7],
      ['outlook.com', 5],
      ['icloud.com', 4],
      ['aol.com', 2.5],
      ['live.com', 1.5],
      ['msn.com', 1],
      ['comcast.net', 1],
      ['proton.me', 0.5],
      ['verizon.net', 0.3],
      ['mail.com', 0.2],
    ] as const
  ).map(([value, weight]) => ({ value, weight })),
  ...lastNames.slice(0, 3_000).map(({ value }, i) => ({
    value: `${value.toLowerCase()}${['.com', '-law.com', '-group.org', 'consulting.com', '.co'][i % 5]}`,
    // All of them together: 30.
    weight: 30 / (i + 1) / 8.584,
  })),
]

/** Ages from 0 to 99: as many of each up to 60, and then fewer and fewer. */
const LAST_DAY = 100 * 365
const yearWeights = Array.from({ length: 100 }, (_, year) => Math.min(1, (year + 2) / 42))

/** The share of people who were born before a day. */
export function bornBefore(day: number): number {
  const all = yearWeights.reduce((sum, one) => sum + one, 0)
  const year = Math.floor(day / 365)
  const before = yearWeights.slice(0, year).reduce((sum, one) => sum + one, 0)
  return (before + ((yearWeights[year] ?? 0) * (day % 365)) / 365) / all
}

export const birthdays: readonly Weighted[] = Array.from({ length: LAST_DAY }, (_, day) => ({
  value: dateOf(day),
  weight: yearWeights[Math.floor(day / 365)] ?? 0,
}))

export function dateOf(day: number): string {
  return `${1926 + Math.floor(day / 365)}-${String((day % 365) + 1).padStart(3, '0')}`
}

/** People who are drawn one by one, each by itself: the same for the same seed. */
export function peopleOf(count: number, seed: number): Person[] {
  const random = randomFrom(seed)
  const [first, last, domain, birthday] = [firstNames, lastNames, domains, birthdays].map((list) =>
    drawnFrom(list, random),
  )
  const one = (draw: (() => string) | undefined): string => draw?.() ?? ''
  const dayOf = new Map(birthdays.map(({ value }, day) => [value, day]))
  return Array.from({ length: count }, () => {
    const [firstName, lastName, at] = [one(first), one(last), one(domain)]
    const local = random() < 0.6 ? `${firstName}.${lastName}` : `${firstName}${Math.floor(random() * 100)}`
    const phone = `+1${String(Math.floor(random() * 1e10)).padStart(10, '0')}`
    const email = `${local}@${at}`.toLowerCase()
    return { firstName, lastName, domain: at, email, phone, birthday: dayOf.get(one(birthday)) ?? 0 }
  })
}

function drawnFrom(list: readonly Weighted[], random: () => number): () => string {
  const sums: number[] = []
  let sum = 0
  for (const { weight } of list) {
    sum += weight
    sums.push(sum)
  }
  return () => {
    const at = random() * sum
    let [low, high] = [0, sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) > at) high = middle
      else low = middle + 1
    }
    return list[low]?.value ?? ''
  }
}
