import { hasPrefix, notAnEnvelope, type Stored } from '../envelope/index.js'
import { EnvelopeError, EnvelopeTenantError, located } from '../errors.js'
import { errorPlaceOfRead } from './error-place.js'
import { valueAt } from './holder.js'
import { type KnownPrefix, knownPrefixOf } from './known-prefix.js'
import type { RowFinder } from './leaf.js'
import { leafAt, type OpenColumn } from './open-columns.js'

/** Envelopes of one tenant that one unwrapped data key opens: those with the same prefix. */
export interface LeafGroup extends KnownPrefix {
  readonly tenant: string
  /** One for each field. */
  readonly columns: readonly LeafColumn[]
}

/** The envelopes of one field, which are authenticated with the same place. */
export interface LeafColumn extends OpenColumn {
  /** The stored value of each. */
  readonly stored: Stored[]
}

interface OpenGroup extends LeafGroup {
  readonly columns: LeafColumn[]
}

/**
 * Groups values by the key that opens them, without opening any. Throws if one is not an envelope, or is another tenant's:
 * such a value never reaches a cache or KMS.
 */
export function groupColumns(columns: readonly OpenColumn[], find?: RowFinder): readonly LeafGroup[] {
  const groups = new Groups()
  // Most rows of a result were sealed under one data key, so the previous value's prefix is compared first.
  let last: OpenGroup | undefined
  for (const column of columns) {
    const stored: Stored[] = []
    // Since when the values have been of the last group.
    let since = 0
    for (let at = 0; at < column.holders.length; at++) {
      try {
        const envelope = storedForm(column, at)
        stored.push(envelope)
        if (last?.tenant === column.tenant && hasPrefix(envelope, last.prefix)) continue
        const group = groups.of(envelope, column.tenant)
        if (last !== undefined && at > since) addTo(last, column, stored, since, at)
        since = at
        last = group
      } catch (error) {
        throw error instanceof EnvelopeError ? located(error, errorPlaceOfRead(leafAt(column, at), find)) : error
      }
    }
    if (last !== undefined) addTo(last, column, stored, since, stored.length)
  }
  return groups.all
}

/** Adds a part of a column to a group: mostly all of it, which is then not copied. */
function addTo({ columns }: OpenGroup, column: OpenColumn, stored: Stored[], from: number, to: number): void {
  const { field, tenant, holders, keys, lists } = column
  let own = columns.find((known) => known.field === field)
  if (own === undefined) {
    const whole = from === 0 && to === holders.length
    own = whole
      ? { field, tenant, holders, keys, lists, stored }
      : { field, tenant, holders: [], keys: [], lists: [], stored: [] }
    columns.push(own)
    if (whole) return
  }
  for (let at = from; at < to; at++) {
    const [holder, key, list, envelope] = [holders[at], keys[at], lists[at], stored[at]]
    if (holder === undefined || key === undefined || envelope === undefined) throw new Error('a value is missing')
    own.holders.push(holder)
    own.keys.push(key)
    own.stored.push(envelope)
    if (list !== undefined) own.lists.push(list)
  }
}

/** The text form, or the binary form of a Bytes field. */
function storedForm({ holders, keys, field }: OpenColumn, at: number): Stored {
  const [holder, key] = [holders[at], keys[at]]
  const value = holder === undefined || key === undefined ? undefined : valueAt(holder, key)
  if (field.type.column === 'bytes' ? value instanceof Uint8Array : typeof value === 'string') return value as Stored
  throw notAnEnvelope()
}

/** Up to so many are searched one by one. A row has one, mostly. */
const FEW = 4

class Groups {
  readonly all: OpenGroup[] = []
  /** All of them, once they are many. */
  #byName: Map<string, OpenGroup> | undefined

  /** The group that an envelope belongs to. */
  of(stored: Stored, tenant: string): OpenGroup {
    const known = knownPrefixOf(stored)
    if (known.wrappedKey !== undefined && known.wrappedKey.context.tenant !== tenant) throw anotherTenants()
    const earlier = this.#find(known, tenant)
    if (earlier !== undefined) return earlier
    const { id, wrappedKey, prefix } = known
    const group: OpenGroup = { id, wrappedKey, prefix, tenant, columns: [] }
    this.all.push(group)
    this.#byName?.set(nameOf(known, tenant), group)
    return group
  }

  #find(known: KnownPrefix, tenant: string): OpenGroup | undefined {
    if (this.all.length <= FEW)
      return this.all.find((group) => group.prefix.text === known.prefix.text && group.tenant === tenant)
    this.#byName ??= new Map(this.all.map((group) => [nameOf(group, group.tenant), group]))
    return this.#byName.get(nameOf(known, tenant))
  }
}

/** An envelope whose key is in the key table does not name its tenant: only the row does. */
function nameOf({ prefix, wrappedKey }: KnownPrefix, tenant: string): string {
  return wrappedKey === undefined ? prefix.text + tenant : prefix.text
}

function anotherTenants(): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_MISMATCH',
    'This row contains an envelope that was sealed for a different tenant: the value was copied here, or the tenant column was changed. Restore the row from a backup.',
  )
}
