import { hasPrefix, notAnEnvelope, type Stored } from '../envelope/index.js'
import { EnvelopeError, EnvelopeTenantError, located } from '../errors.js'
import { errorPlaceOfRead } from './error-place.js'
import type { EncryptedField } from './field.js'
import { valueAt } from './holder.js'
import { type KnownPrefix, knownPrefixOf } from './known-prefix.js'
import type { OpenLeaf, RowFinder } from './leaf.js'

/** Envelopes of one tenant that one unwrapped data key opens: those with the same prefix. */
export interface LeafGroup extends KnownPrefix {
  readonly tenant: string
  readonly columns: ReadonlyMap<EncryptedField, LeafColumn>
}

/** The envelopes of one field, which are authenticated with the same place. */
interface LeafColumn {
  readonly leaves: OpenLeaf[]
  /** The stored value of each leaf. */
  readonly stored: Stored[]
}

interface OpenGroup extends LeafGroup {
  readonly columns: Map<EncryptedField, LeafColumn>
}

/**
 * Groups leaves by the key that opens them, without opening any. Throws if one is not an envelope, or is another tenant's:
 * such a value never reaches a cache or KMS.
 */
export function groupLeaves(leaves: readonly OpenLeaf[], find?: RowFinder): LeafGroup[] {
  const groups = new Map<string, OpenGroup>()
  // Most rows of a result were sealed under one data key, so the previous leaf's prefix is compared first.
  let last: OpenGroup | undefined
  for (const leaf of leaves) {
    try {
      const stored = storedForm(leaf)
      const isLast = last !== undefined && last.tenant === leaf.tenant && hasPrefix(stored, last.prefix)
      const group = last !== undefined && isLast ? last : groupOf(groups, stored, leaf.tenant)
      let column = group.columns.get(leaf.field)
      if (column === undefined) {
        column = { leaves: [], stored: [] }
        group.columns.set(leaf.field, column)
      }
      column.leaves.push(leaf)
      column.stored.push(stored)
      last = group
    } catch (error) {
      throw error instanceof EnvelopeError ? located(error, errorPlaceOfRead(leaf, find)) : error
    }
  }
  return [...groups.values()]
}

/** The text form, or the binary form of a Bytes field. */
function storedForm({ holder, key, field }: OpenLeaf): Stored {
  const value = valueAt(holder, key)
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
