import { EnvelopeError, located } from '../errors.js'
import type { IndexKey, IndexKeys } from '../keys/index.js'
import { allSettled, isPromise, type MaybePromise } from '../promises/maybe-promise.js'
import { tokenKey } from '../search/index.js'
import type { IndexField } from './field.js'
import { type Holder, putAt } from './holder.js'
import type { TokenLeaf } from './leaf.js'

/** Puts the index tokens of all leaves in their places. Synchronous if the index keys are in memory. */
export function fillTokens(leaves: readonly TokenLeaf[], keys: IndexKeys): MaybePromise<void> {
  if (leaves.length === 0) return
  const byKey = new Map<string | undefined, TokenLeaf[]>()
  for (const leaf of leaves) {
    const same = byKey.get(leaf.tenant)
    if (same === undefined) byKey.set(leaf.tenant, [leaf])
    else same.push(leaf)
  }
  return allSettled(
    [...byKey].map(([tenant, same]) => () => {
      const filled = keys.with(tenant, (key) => fill(same, key))
      return isPromise(filled) ? filled.catch((error: unknown) => fail(same, error)) : filled
    }),
  )
}

function fill(leaves: readonly TokenLeaf[], key: IndexKey): void {
  const byIndex = new Map<IndexField, TokenLeaf[]>()
  for (const leaf of leaves) {
    const same = byIndex.get(leaf.index)
    if (same === undefined) byIndex.set(leaf.index, [leaf])
    else same.push(leaf)
  }
  for (const [index, same] of byIndex) {
    const subkey = key.subkey(index, (indexKey) => tokenKey(indexKey, index.definition))
    const canonicals = same.map(({ canonical }) => canonical)
    const tokens = index.kind.tokens(subkey, canonicals)
    same.forEach(({ holder, key: at }, i) => {
      putAt(holder, at, tokens[i])
    })
    // Strings cannot be wiped; the copies of bytes can.
    for (const canonical of canonicals) if (typeof canonical !== 'string') canonical.fill(0)
  }
}

function fail(leaves: readonly TokenLeaf[], error: unknown): never {
  const [first] = leaves
  if (!(error instanceof EnvelopeError) || first === undefined) throw error
  throw located(error, { model: first.index.model, field: first.index.field, tenant: first.tenant })
}

/** A leaf for the token of a value, or `undefined` if the value has none. Throws `ENVELOPE_VALUE_INVALID`. */
export function tokenLeaf(
  index: IndexField,
  tenant: string | undefined,
  holder: Holder,
  key: string | number,
  value: unknown,
): TokenLeaf | undefined {
  const { model, source } = index
  try {
    const canonical = index.kind.canonical(index.definition, value)
    if (canonical === undefined) return undefined
    return { holder, key, index, tenant: index.scope === 'global' ? undefined : tenant, canonical }
  } catch (error) {
    throw error instanceof EnvelopeError ? located(error, { model, field: source.field, tenant }) : error
  }
}
