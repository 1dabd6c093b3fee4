import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach } from 'vitest'

/** What is said of the key table during each test of the file that calls this. */
export function tableEvents(): unknown[] {
  const events: unknown[] = []
  const note = (event: unknown): void => void events.push(event)
  beforeEach(() => {
    events.length = 0
    subscribe('prisma-envelope:key-table', note)
  })
  afterEach(() => {
    unsubscribe('prisma-envelope:key-table', note)
  })
  return events
}
