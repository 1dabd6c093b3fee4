import type { Plaintext } from '../envelope/index.js'
import { EnvelopeError, located } from '../errors.js'
import type { IndexKey, IndexKeys } from '../keys/index.js'
import { allSettled, isPromise, type MaybePromise } from '../promises/maybe-promise.js'
import { tokenKey } from '../search/index.js'
import type { IndexField } from './field.js'
import { type Holder, putAt } from './holder.js'
import type { TokenLeaf, TokenUse } from './leaf.js'

/** Puts the index tokens of all leaves in their places. Synchronous if the index keys are in memory. */
export function fillTokens(leaves: readonly TokenLeaf[], keys: IndexKeys): MaybePromise<void> {
  const [first] = leaves
  if (first === undefined) return
  if (leaves.every(({ tenant }) => tenant === first.tenant)) return fillOf(first.tenant, leaves, keys)
  const byTenant = new Map<string | undefined, TokenLeaf[]>()
  for (const leaf of leaves) {
    const same = byTenant.get(leaf.tenant)
    if (same === undefined) byTenant.set(leaf.tenant, [leaf])
    else same.push(leaf)
  }
  return allSettled(
    [...byTenant].map(
      ([tenant, same]) =>
        () =>
          fillOf(tenant, same, keys),
    ),
  )
}

function fillOf(tenant: string | undefined, leaves: readonly TokenLeaf[], keys: IndexKeys): MaybePromise<void> {
  const filled = keys.with(tenant, (key) => fill(leaves, key))
  return isPromise(filled) ? filled.catch((error: unknown) => fail(leaves, error)) : filled
}

function fill(leaves: readonly TokenLeaf[], key: IndexKey): void {
  for (const { index, holders, keys, canonicals } of columnsOf(leaves)) {
    const subkey = key.subkey(index, (indexKey) => tokenKey(indexKey, index.definition))
    const tokens = index.kind.tokens(subkey, canonicals)
    holders.forEach((holder, i) => {
      const at = keys[i]
      if (at !== undefined) putAt(holder, at, tokens[i])
    })
    // Strings cannot be wiped; the copies of bytes can.
    for (const canonical of canonicals) if (typeof canonical !== 'string') canonical.fill(0)
  }
}

/** The places for tokens of one index, and what each is computed from. */
interface Column {
  readonly index: IndexField
  readonly holders: Holder[]
  readonly keys: (string | number)[]
  readonly canonicals: Plaintext[]
}

function columnsOf(leaves: readonly TokenLeaf[]): Column[] {
  const columns: Column[] = []
  for (const { index, holder, key, canonical } of leaves) {
    // Searched one by one: a model has a few indexes.
    let column = columns.find((known) => known.index === index)
    if (column === undefined) {
      column = { index, holders: [], keys: [], canonicals: [] }
      columns.push(column)
    }
    column.holders.push(holder)
    column.keys.push(key)
    column.canonicals.push(canonical)
  }
  return columns
}

function fail(leaves: readonly TokenLeaf[], error: unknown): never {
  const [first] = leaves
  if (!(error instanceof EnvelopeError) || first === undefined) throw error
  throw located(error, { model: first.index.model, field: first.index.field, tenant: first.tenant })
}

/**
 * A leaf for the token of a value, or `undefined` if the value has none. Throws `ENVELOPE_VALUE_INVALID`.
 *
 * @param use whether the token is stored beside the value, or searched by.
 */
export function tokenLeaf(
  index: IndexField,
  tenant: string | undefined,
  holder: Holder,
  key: string | number,
  value: unknown,
  use: TokenUse = 'stored',
): TokenLeaf | undefined {
  const { model, source, kind, definition } = index
  try {
    const canonical = use === 'stored' ? kind.canonical(definition, value) : kind.needle(definition, value)
    if (canonical === undefined) return undefined
    return { holder, key, index, tenant: index.scope === 'global' ? undefined : tenant, canonical }
  } catch (error) {
    throw error instanceof EnvelopeError ? located(error, { model, field: source.field, tenant }) : error
  }
}
