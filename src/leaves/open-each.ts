import { openMessages, type Plaintext, type Stored, type Suite, sealedLengthOf, Unopened } from '../envelope/index.js'
import { EnvelopeError, EnvelopeTenantError } from '../errors.js'
import type { CallKeys, DataKey } from '../keys/index.js'
import { authenticatedBytesOf } from './authenticated-bytes.js'
import type { EncryptedField } from './field.js'
import { type KnownPrefix, knownPrefixOf } from './known-prefix.js'

/** An envelope, and the place that it was read from. */
export interface EnvelopeAt {
  readonly field: EncryptedField
  readonly tenant: string
  readonly stored: Stored
}

/** What an envelope holds, and how it was sealed. */
export interface OpenedEach {
  readonly plaintext: Plaintext
  readonly suite: Suite
  readonly isInline: boolean
  /** How many bytes were sealed, padding included. */
  readonly sealedLength: number
  /** When its data key was created: hours since 1970. */
  readonly createdHour: number
}

interface Group extends KnownPrefix {
  readonly tenant: string
  /** Positions of the values, by their field. */
  readonly fields: Map<EncryptedField, number[]>
}

/** How many data keys are asked for at once. */
const KEYS_AT_ONCE = 16

/**
 * Opens each value by itself: one that does not open keeps no other from it, and has its error in its place. Rejects only with
 * what is no `EnvelopeError`.
 */
export async function openEach(
  values: readonly EnvelopeAt[],
  keys: Pick<CallKeys, 'forOpening'>,
): Promise<(OpenedEach | EnvelopeError)[]> {
  const outcomes = new Array<OpenedEach | EnvelopeError>(values.length)
  const groups = [...groupsOf(values, outcomes)]
  for (let from = 0; from < groups.length; from += KEYS_AT_ONCE) {
    const settled = await Promise.allSettled(
      groups.slice(from, from + KEYS_AT_ONCE).map((group) => openGroup(group, values, outcomes, keys)),
    )
    for (const one of settled) if (one.status === 'rejected') throw one.reason
  }
  return outcomes
}

function groupsOf(values: readonly EnvelopeAt[], outcomes: (OpenedEach | EnvelopeError)[]): Iterable<Group> {
  const groups = new Map<string, Group>()
  values.forEach(({ field, tenant, stored }, at) => {
    try {
      const known = knownPrefixOf(stored)
      if (known.wrappedKey !== undefined && known.wrappedKey.context.tenant !== tenant) throw sealedForAnother()
      const name = `${known.prefix.text}\0${tenant}`
      const group = groups.get(name) ?? { ...known, tenant, fields: new Map<EncryptedField, number[]>() }
      groups.set(name, group)
      const positions = group.fields.get(field)
      if (positions === undefined) group.fields.set(field, [at])
      else positions.push(at)
    } catch (error) {
      outcomes[at] = envelopeError(error)
    }
  })
  return groups.values()
}

async function openGroup(
  group: Group,
  values: readonly EnvelopeAt[],
  outcomes: (OpenedEach | EnvelopeError)[],
  keys: Pick<CallKeys, 'forOpening'>,
): Promise<void> {
  const { id, tenant, wrappedKey, prefix, fields } = group
  let key: DataKey
  try {
    key = await keys.forOpening(id, tenant, wrappedKey)
  } catch (error) {
    for (const positions of fields.values()) for (const at of positions) outcomes[at] = envelopeError(error)
    return
  }
  try {
    await prefix.suite.prepare()
    const { suite, isInline } = prefix
    const origin = { suite, isInline, createdHour: key.createdHour }
    const openedAs = (plaintext: Plaintext, from: Stored = ''): OpenedEach => ({
      ...{ plaintext, sealedLength: sealedLengthOf(from, prefix) },
      ...origin,
    })
    for (const [field, positions] of fields) {
      const stored = positions.map((at) => values[at]?.stored ?? '')
      const place = authenticatedBytesOf(field, tenant)
      for (let from = 0; from < stored.length; ) {
        const opened = openMessages(prefix, key.keyFor(suite), place, stored.slice(from))
        if (!(opened instanceof Unopened)) {
          opened.forEach((plaintext, i) => {
            outcomes[positions[from + i] ?? -1] = openedAs(plaintext, stored[from + i])
          })
          break
        }
        const before = openMessages(prefix, key.keyFor(suite), place, stored.slice(from, from + opened.index))
        if (before instanceof Unopened) throw new Error('what opened once does not open again')
        before.forEach((plaintext, i) => {
          outcomes[positions[from + i] ?? -1] = openedAs(plaintext, stored[from + i])
        })
        outcomes[positions[from + opened.index] ?? -1] = opened.error
        from += opened.index + 1
      }
    }
  } finally {
    key.release()
  }
}

function envelopeError(error: unknown): EnvelopeError {
  if (error instanceof EnvelopeError) return error
  throw error
}

function sealedForAnother(): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_MISMATCH',
    'The envelope was sealed for a different tenant than the one that owns its row.',
  )
}
