import type { Models, PlanContext } from '../../../src/prisma/query/index.js'

/** What a call is planned with, by default that of an unbound client without index keys. */
export function newContext(models: Models, options: Partial<PlanContext> = {}): PlanContext {
  return Object.freeze({
    models,
    bound: undefined,
    fallback: undefined,
    checksForeignKeys: true,
    searchable: false,
    filtersTenant: false,
    globalOmit: {},
    passed: new Set<string>(),
    ...options,
  })
}
