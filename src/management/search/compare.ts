import { isDecimal } from '../../prisma/internals.js'

/** Negative where the first comes before the second. */
export type Compare<T> = (one: T, other: T) => number

/** By code points, as a database orders texts under the collation `C`: not by the halves of which JavaScript composes some of them. */
export function byCodePoint(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length)
  for (let i = 0; i < shorter; i++) {
    const [a, b] = [one.charCodeAt(i), other.charCodeAt(i)]
    if (a !== b) return rank(a) - rank(b)
  }
  return one.length - other.length
}

/** Surrogates stand for code points above all that one code unit can. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}

/** Compares two values of one plain or encrypted column, neither of which is NULL. */
export function compareValues(one: unknown, other: unknown, texts: Compare<string>): number {
  if (typeof one === 'string' && typeof other === 'string') return texts(one, other)
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other)
  if (isDecimal(one) && isDecimal(other)) return byDecimals(one.toFixed(), other.toFixed())
  // Numbers, big integers, dates and booleans.
  const [a, b] = [one as number, other as number]
  return a < b ? -1 : a > b ? 1 : 0
}

/** Decimals as text, without an exponent: a number would round them. */
function byDecimals(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)]
  if (a.negative !== b.negative) return a.negative ? -1 : 1
  const sign = a.negative ? -1 : 1
  if (a.whole !== b.whole) return a.whole < b.whole ? -sign : sign
  return a.fraction === b.fraction ? 0 : a.fraction < b.fraction ? -sign : sign
}

function partsOf(decimal: string): { negative: boolean; whole: bigint; fraction: string } {
  const [, sign, whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? []
  const digits = fraction.replace(/0+$/, '')
  // Zero has no sign.
  const negative = sign === '-' && !(/^0+$/.test(whole) && digits === '')
  return { negative, whole: BigInt(whole), fraction: digits }
}
