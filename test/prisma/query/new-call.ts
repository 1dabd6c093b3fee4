import type { Call } from '../../../src/prisma/query/call.js'
import type { Models } from '../../../src/prisma/query/index.js'

/** A call that is about to be planned, by default of an unbound client without index keys. */
export function newCall(models: Models, options: Partial<Call> = {}): Call {
  return {
    models,
    context: { bound: undefined, fallback: undefined },
    seals: [],
    tokens: [],
    links: [],
    created: [],
    absent: [],
    nativeUpserts: [],
    checksLinks: true,
    lockedUpserts: [],
    searchable: false,
    locked: false,
    globalOmit: {},
    passed: new Set(),
    ...options,
  }
}
