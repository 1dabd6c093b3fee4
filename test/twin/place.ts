/**
 * Three processes on one database: one whose values carry their data keys, and two whose data keys are in the key table. The
 * second of these allows a key so few messages that it needs a new one again and again.
 */
export const PROCESSES = ['inline', 'table', 'neighbour'] as const
export type Process = (typeof PROCESSES)[number]

/** Who makes a step. */
export interface Place {
  readonly process: Process
  /** It has none of the tenants' keys in memory. */
  readonly cold: boolean
  /** Calls side by side are made by one process each. */
  readonly spread: boolean
}

/** Of a sequence's numbers the first says where keys are kept: inline, in the table, or, in half of all sequences, both. */
export const PLACEMENTS = ['inline', 'table', 'mixed', 'mixed'] as const
/** One of these numbers makes one step's place. A quarter of them means cold keys. */
export const PLACES = 24

/** Where the keys of a step are, from one number. */
export function placeOf(placement: (typeof PLACEMENTS)[number], number: number): Place {
  const among =
    placement === 'mixed' ? PROCESSES : placement === 'table' ? (['table', 'neighbour'] as const) : ['inline' as const]
  const process = among[number % among.length] ?? 'inline'
  return { process, cold: placement !== 'inline' && number >= (PLACES * 3) / 4, spread: placement === 'mixed' }
}
