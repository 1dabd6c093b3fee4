import type { Clock } from '../../src/keys/clock.js'

/** A clock that stands still until it is told otherwise; its two hands move together unless one is moved alone. */
export interface ManualClock extends Clock {
  advance(milliseconds: number): void
  /** Someone sets the wall clock: positive forward, negative back. */
  setWallBy(milliseconds: number): void
  /** The machine sleeps: the wall clock goes on, the monotonic one stands. */
  sleep(milliseconds: number): void
}

export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let wall = start
  let monotonic = 0
  return {
    wall: () => wall,
    monotonic: () => monotonic,
    advance(milliseconds) {
      wall += milliseconds
      monotonic += milliseconds
    },
    setWallBy(milliseconds) {
      wall += milliseconds
    },
    sleep(milliseconds) {
      wall += milliseconds
    },
  }
}

export const SECOND = 1_000
export const MINUTE = 60_000
export const HOUR = 3_600_000
