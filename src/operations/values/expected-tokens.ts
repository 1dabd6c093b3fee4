import { EnvelopeError } from '../../errors.js'
import { type IndexField, type TokenLeaf, tokenLeaf } from '../../leaves/index.js'
import type { ValueCipher } from './value-target.js'

/** A value whose token is asked for; `null` has none. */
export interface IndexedValue {
  readonly index: IndexField
  readonly tenant: string
  readonly value: unknown
}

/** The token of each value, in hexadecimal; `null` where it has none. One tenant whose index key fails keeps no other from its tokens. */
export async function expectedTokens(
  values: readonly IndexedValue[],
  cipher: Pick<ValueCipher, 'fillTokens'>,
): Promise<(string | null | EnvelopeError)[]> {
  const tokens: unknown[] = values.map(() => null)
  const byTenant = new Map<string | undefined, { readonly leaf: TokenLeaf; readonly at: number }[]>()
  values.forEach(({ index, tenant, value }, at) => {
    try {
      const leaf = value === null ? undefined : tokenLeaf(index, tenant, tokens, at, value)
      if (leaf === undefined) return
      const same = byTenant.get(leaf.tenant)
      if (same === undefined) byTenant.set(leaf.tenant, [{ leaf, at }])
      else same.push({ leaf, at })
    } catch (error) {
      tokens[at] = envelopeError(error)
    }
  })
  for (const leaves of byTenant.values()) {
    try {
      await cipher.fillTokens(leaves.map(({ leaf }) => leaf))
    } catch (error) {
      for (const { at } of leaves) tokens[at] = envelopeError(error)
    }
  }
  return tokens.map((token) => {
    if (token === null || token instanceof EnvelopeError) return token
    return Buffer.from(token as Uint8Array).toString('hex')
  })
}

function envelopeError(error: unknown): EnvelopeError {
  if (error instanceof EnvelopeError) return error
  throw error
}
