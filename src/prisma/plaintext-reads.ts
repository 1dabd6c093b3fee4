import type { PlaintextReads } from '../leaves/index.js'
import { plaintextReads } from '../observers/index.js'

/** Publishes what a call has read in plaintext: an event for each field and tenant. */
export function publishPlaintextReads({ all }: PlaintextReads): void {
  if (!plaintextReads.hasSubscribers) return
  for (const { field, tenant, count } of all) {
    plaintextReads.publish({ type: 'plaintext-read', model: field.model, field: field.field, tenant, count })
  }
}
