import type { DataKeyOptions } from '../../src/keys/index.js'

/** What the processes that are killed write, and the one that reads it afterwards expects. */
export const TENANTS: readonly string[] = Array.from({ length: 30 }, (_, n) => `tenant-${n + 1}`)

/** So few that a tenant needs another key after some ten rows. */
export const DATA_KEYS = { maxMessages: 40 } satisfies DataKeyOptions

export function cmkOf(tenant: string): string {
  return `alias/killed/${tenant}`
}

export function rowOf(id: string, version: number) {
  return {
    id,
    email: `${id}@example.com`,
    ssn: `${version} of ${id}`,
    notes: { id, version },
    photo: new Uint8Array(Buffer.from(`${version} of ${id}`)),
  }
}

/** A tenant's CMK after it was replaced. */
export const ROTATED = { current: 'alias/killed/next', previous: ['alias/killed/old'] }
