import * as shared from '@prisma/client/runtime/client'

/**
 * The part of Prisma that a generated client runs on, and whose `skip` it knows. `prisma-client-js` puts a copy of its
 * own beside each client (scripts/prepare/client-generator.mjs).
 */
export function runtimeOf(client: object): typeof shared {
  return 'runtime' in client ? (client.runtime as typeof shared) : shared
}
