import { FieldReader } from '../../envelope/length-prefixed.js'
import { packTenant, readTenant } from '../../envelope/packed-tenant.js'
import { envelopeHeads, minimumEnvelopeBytes } from '../envelope-bytes.js'
import type { SweptColumn } from '../sweeping/swept-table.js'

/**
 * Where in an envelope is what a census goes by: positions from 1 on, of the text form in characters, of bytes in bytes, and of a
 * beginning as statements group by it, which of bytes is hexadecimal.
 */

/** RFC 4648, section 4. */
export const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

type Form = SweptColumn['form']

const inText = (bytes: number): number => 'pe1:'.length + (bytes / 3) * 4

interface Parts {
  /** How long the part is that is grouped by: without, and with its wrap tag. */
  readonly table: number
  readonly inline: number
  /** Envelopes of no bytes: what is shorter was cut off. */
  readonly shortestTable: number
  readonly shortestInline: number
  /** In a beginning. */
  readonly first: readonly [from: number, length: number]
  readonly dataKey: readonly [from: number, length: number]
  readonly tag: readonly [from: number, length: number]
  readonly tableBeginning: number
}

/** Section of the shortest kind, with the bytes before it. */
const SHORTEST_PREFIX = 48

const bytes: Parts = {
  table: 18,
  inline: 30,
  shortestTable: minimumEnvelopeBytes,
  shortestInline: SHORTEST_PREFIX + 28,
  first: [1, 2],
  // All of the id but its first byte, which shares a character of base64 with the flags: enough to tell keys apart.
  dataKey: [7, 30],
  tag: [37, 24],
  tableBeginning: 36,
}

const text: Parts = {
  table: inText(18),
  inline: inText(30),
  shortestTable: Math.floor(inText(minimumEnvelopeBytes)),
  shortestInline: inText(SHORTEST_PREFIX) + 38,
  first: [5, 2],
  dataKey: [9, 20],
  tag: [29, 16],
  tableBeginning: inText(18),
}

export const partsOf = (form: Form): Parts => (form === 'bytes' ? bytes : text)

/** The first byte and the high half of the flags, which no release sets, in base64: two characters. */
export const textStarts: readonly string[] = [
  ...new Set(envelopeHeads.map((head) => Buffer.from(head, 'hex').toString('base64').slice(0, 2))),
]
/** What the third character is without INLINE, and with it: its low bits are the data key's. */
export const FLAGS = { at: 7, table: ['A', 'D'], inline: ['E', 'H'] } as const

/** By the second byte. */
export const tableHeads: readonly string[] = envelopeHeads.filter((head) => head.endsWith('00'))
export const inlineHeads: readonly string[] = envelopeHeads.filter((head) => head.endsWith('01'))

/** What a section that is a tenant's begins with behind the hour and the application: whole groups of base64, or hexadecimal. */
export function packedTenantText(form: Form, tenant: string): string {
  const packed = Buffer.concat([Buffer.of(SCOPE_IS_TENANT), packTenant(tenant)])
  return form === 'bytes' ? packed.toString('hex') : packed.toString('base64', 0, packed.length - (packed.length % 3))
}

const SCOPE_IS_TENANT = 1

/** The tenant in what statements call `p`; `undefined` if it is not one. */
export function tenantIn(form: Form, packed: string): string | undefined {
  const bytes = Buffer.from(packed, form === 'bytes' ? 'hex' : 'base64')
  const reader = new FieldReader(bytes, notOne)
  try {
    return reader.u8() === SCOPE_IS_TENANT ? readTenant(reader, { unknownKind: notOne, malformed: notOne }) : undefined
  } catch {
    return undefined
  }
}

const notOne = (): Error => new Error('no tenant')
