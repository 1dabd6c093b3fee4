import { KEY_MUTATIONS } from './key-mutations.js'
import type { Mutation } from './mutation.js'
import { OWNER_MUTATIONS } from './owner-mutations.js'
import { SHAPE_MUTATIONS } from './shape-mutations.js'
import { TENANT_MUTATIONS } from './tenant-mutations.js'

export const MUTATIONS: readonly Mutation[] = [
  ...KEY_MUTATIONS.map((one) => ({ ...one, schema: 'twin' as const })),
  ...SHAPE_MUTATIONS.map((one) => ({ ...one, schema: 'twin' as const })),
  ...TENANT_MUTATIONS.map((one) => ({ ...one, schema: 'twin' as const })),
  ...OWNER_MUTATIONS.map((one) => ({ ...one, schema: 'twin-company' as const })),
]
