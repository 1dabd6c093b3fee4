import { type Holder, putAt } from '../../leaves/holder.js'
import type { IndexField, TokenLeaf } from '../../leaves/index.js'
import { tokenLeaf } from '../../leaves/tokens.js'
import type { TokenMaker } from './context.js'
import { needleRefused } from './filter-refusals.js'
import type { Plain } from './prisma-values.js'
import { notSearchable, nullRefused, tokenMissing } from './refusals.js'
import type { RowWalk } from './walk.js'

/** Holds the place of a token. Not `undefined`, which would be a condition that was left out. */
export const PENDING = new Uint8Array()

/** Notes that an index column in a row's data takes the token of a value. Throws `ENVELOPE_VALUE_INVALID`. */
export function planToken(
  { context, draft, tenant, ask }: RowWalk,
  index: IndexField,
  data: Plain,
  value: unknown,
): void {
  const leaf = storedLeaf(index, tenant, data, index.field, value, context.tokenLeaf)
  if (leaf === undefined) return
  const waits = index.scope === 'tenant' && tenant === undefined ? ask : undefined
  const { tokens } = waits === undefined ? draft : waits.ask()
  tokens.push(leaf)
}

/**
 * A place for the token that is stored beside a value. `undefined` where the value has none: then there is NULL.
 *
 * Throws `ENVELOPE_VALUE_INVALID` where that column cannot be NULL.
 */
export function storedLeaf(
  index: IndexField,
  tenant: string | undefined,
  holder: Holder,
  key: string | number,
  value: unknown,
  make: TokenMaker = tokenLeaf,
): TokenLeaf | undefined {
  const leaf = make(index, tenant, holder, key, value, 'stored')
  if (leaf === undefined && index.required) throw tokenMissing(index)
  putAt(holder, key, leaf === undefined ? null : PENDING)
  return leaf
}

/**
 * Empties an index column with its field: an index that outlived its value would still be found.
 *
 * Throws `ENVELOPE_VALUE_INVALID` where that column cannot be NULL.
 */
export function planNoToken(index: IndexField, data: Plain): void {
  if (index.required) throw nullRefused(index)
  data[index.field] = null
}

/**
 * A place for the token that a value is searched by. Throws `ENVELOPE_VALUE_INVALID`, also for a value that has none: no
 * row holds it, but rows do hold the value.
 */
export function searchLeaf(
  index: IndexField,
  tenant: string | undefined,
  holder: Holder,
  key: string | number,
  value: unknown,
  make: TokenMaker = tokenLeaf,
): TokenLeaf {
  const leaf = make(index, tenant, holder, key, value, 'sought')
  if (leaf === undefined) throw notSought(index)
  return leaf
}

function notSought(index: IndexField): Error {
  const { model, source, field, kind } = index
  const [operator = ''] = Object.keys(kind.operators)
  return kind.needles === undefined
    ? notSearchable(model, source.field, field)
    : needleRefused(source, operator, [index])
}
