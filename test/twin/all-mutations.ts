import type { Mutation } from './mutation.js'
import { OWNER_MUTATIONS } from './owner-mutations.js'
import { TENANT_MUTATIONS } from './tenant-mutations.js'

export const MUTATIONS: readonly Mutation[] = [
  ...TENANT_MUTATIONS.map((one) => ({ ...one, schema: 'twin' as const })),
  ...OWNER_MUTATIONS.map((one) => ({ ...one, schema: 'twin-company' as const })),
]
