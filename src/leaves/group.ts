import { hasPrefix, notAnEnvelope, type Stored } from '../envelope/index.js'
import { EnvelopeError, EnvelopeTenantError, located } from '../errors.js'
import { errorPlaceOfRead } from './error-place.js'
import type { EncryptedField } from './field.js'
import { valueAt } from './holder.js'
import { type KnownPrefix, knownPrefixOf } from './known-prefix.js'
import type { RowFinder } from './leaf.js'
import { leafAt, type OpenColumn } from './open-columns.js'

/** Envelopes of one tenant that one unwrapped data key opens: those with the same prefix. */
export interface LeafGroup extends KnownPrefix {
  readonly tenant: string
  readonly columns: ReadonlyMap<EncryptedField, LeafColumn>
}

/** The envelopes of one field, which are authenticated with the same place. */
export interface LeafColumn extends OpenColumn {
  /** The stored value of each. */
  readonly stored: Stored[]
}

interface OpenGroup extends LeafGroup {
  readonly columns: Map<EncryptedField, LeafColumn>
}

/**
 * Groups values by the key that opens them, without opening any. Throws if one is not an envelope, or is another tenant's:
 * such a value never reaches a cache or KMS.
 */
export function groupColumns(columns: readonly OpenColumn[], find?: RowFinder): LeafGroup[] {
  const groups = new Map<string, OpenGroup>()
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
        const group = groupOf(groups, envelope, column.tenant)
        if (last !== undefined && at > since) addTo(last, column, stored, since, at)
        since = at
        last = group
      } catch (error) {
        throw error instanceof EnvelopeError ? located(error, errorPlaceOfRead(leafAt(column, at), find)) : error
      }
    }
    if (last !== undefined) addTo(last, column, stored, since, stored.length)
  }
  return [...groups.values()]
}

/** Adds a part of a column to a group: mostly all of it, which is then not copied. */
function addTo({ columns }: OpenGroup, column: OpenColumn, stored: Stored[], from: number, to: number): void {
  const known = columns.get(column.field)
  if (known === undefined && from === 0 && to === column.holders.length) {
    columns.set(column.field, { ...column, stored })
    return
  }
  const { field, tenant, holders, keys, lists } = column
  const own: LeafColumn = known ?? { field, tenant, holders: [], keys: [], lists: [], stored: [] }
  columns.set(field, own)
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

function groupOf(groups: Map<string, OpenGroup>, stored: Stored, tenant: string): OpenGroup {
  const known = knownPrefixOf(stored)
  if (known.wrappedKey !== undefined && known.wrappedKey.context.tenant !== tenant) throw anotherTenants()
  // An envelope whose key is in the key table does not name its tenant: only the row does.
  const name = known.wrappedKey === undefined ? known.name + tenant : known.name
  let group = groups.get(name)
  if (group === undefined) {
    group = { ...known, tenant, columns: new Map() }
    groups.set(name, group)
  }
  return group
}

function anotherTenants(): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_MISMATCH',
    'This row contains an envelope that was sealed for a different tenant: the value was copied here, or the tenant column was changed. Restore the row from a backup.',
  )
}
