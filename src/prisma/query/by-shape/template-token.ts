import type { TokenMaker } from '../context.js'
import type { TemplateToken } from './learn.js'

/** The token of a stand-in: not computed, since only a value says whether it has one. */
export const templateToken: TokenMaker = (index, tenant, holder, key, value, use): TemplateToken => {
  const owner = index.scope === 'global' ? undefined : tenant
  return { holder, key, index, tenant: owner, canonical: Buffer.alloc(0), value, use }
}
