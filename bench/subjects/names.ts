/** Where the wrapped data keys of a subject's values are. The library's word for the option `dataKeys.store`. */
export type Placement = 'table' | 'inline'

export const PLACEMENTS: readonly Placement[] = ['table', 'inline']

/** The ciphers, and what computes them, in the order of the tables. */
export const CIPHERS = ['aes-256-gcm, accelerator', 'xchacha20-poly1305, wasm', 'aes-256-gcm, node:crypto'] as const
export type Cipher = (typeof CIPHERS)[number]

/** What the names of subjects begin with whose code is that of another checkout. */
export const BEFORE = 'before: '
/** What the name of a subject ends with whose calls are each for another tenant than the one before. */
export const MANY = ', 1,000 tenants'

/** A subject of this library. */
export function ourName(cipher: Cipher, placement: Placement): string {
  return `${cipher}, ${placement}`
}

/** The plain client with an extension that does nothing, and texts as long as envelopes of a placement. */
export function floorName(placement: Placement): string {
  return placement === 'table' ? 'floor' : 'floor, inline'
}

/** The floor that a subject of this library stands on; `undefined` for all others. */
export function floorOf(subject: string): string | undefined {
  const placement = PLACEMENTS.find((one) => subject.replace(MANY, '').endsWith(`, ${one}`))
  return placement === undefined || subject.startsWith('floor') ? undefined : floorName(placement)
}

/** The same subject with one tenant; `undefined` for those that have one. */
export function withOneTenant(subject: string): string | undefined {
  return subject.endsWith(MANY) ? subject.slice(0, -MANY.length) : undefined
}
