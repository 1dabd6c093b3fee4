import { type Channel, channel } from 'node:diagnostics_channel'
import type {
  DataKeyCacheEvent,
  DiagnosticEvent,
  KeyTableEvent,
  KmsCallEvent,
  PlaintextReadEvent,
  RefusalEvent,
} from './events.js'
import type { RewrapEvent } from './rewrap-event.js'

/**
 * A channel for events of one type. Kept for the life of the process: that is what makes asking for subscribers cheap, and
 * both builds of the package find the same channel by its name.
 */
export class EventChannel<E extends DiagnosticEvent> {
  readonly #channel: Channel

  constructor(type: E['type']) {
    this.#channel = channel(`prisma-envelope:${type}`)
  }

  /** Ask before making an event: nothing is made for nobody. */
  get hasSubscribers(): boolean {
    return this.#channel.hasSubscribers
  }

  /** A subscriber that throws does not break the call: Node reports it as an uncaught exception, afterwards. */
  publish(event: E): void {
    this.#channel.publish(Object.freeze(event))
  }
}

export const kmsCalls = new EventChannel<KmsCallEvent>('kms-call')
export const dataKeyCache = new EventChannel<DataKeyCacheEvent>('data-key-cache')
export const keyTableEvents = new EventChannel<KeyTableEvent>('key-table')
export const plaintextReads = new EventChannel<PlaintextReadEvent>('plaintext-read')
export const refusals = new EventChannel<RefusalEvent>('refusal')
export const rewraps = new EventChannel<RewrapEvent>('rewrap')
