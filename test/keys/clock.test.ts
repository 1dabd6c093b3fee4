import { describe, expect, it } from 'vitest'
import { deadlineIn, hasPassed, systemClock } from '../../src/keys/clock.js'
import { HOUR, MINUTE, manualClock } from './manual-clock.js'

describe('a deadline', () => {
  it('has passed at its very moment, and not a millisecond before', () => {
    const clock = manualClock()
    const deadline = deadlineIn(clock, MINUTE)
    clock.advance(MINUTE - 1)
    expect(hasPassed(clock, deadline)).toBe(false)
    clock.advance(1)
    expect(hasPassed(clock, deadline)).toBe(true)
  })

  it('is not put off by a wall clock that is set back', () => {
    const clock = manualClock()
    const deadline = deadlineIn(clock, MINUTE)
    clock.setWallBy(-HOUR)
    clock.advance(MINUTE)
    expect(hasPassed(clock, deadline)).toBe(true)
  })

  it('is not delayed by a sleeping machine, whose monotonic clock stops', () => {
    const clock = manualClock()
    const deadline = deadlineIn(clock, MINUTE)
    clock.sleep(MINUTE)
    expect(clock.monotonic()).toBe(0)
    expect(hasPassed(clock, deadline)).toBe(true)
  })

  it('is counted by the system’s two clocks in the same unit', () => {
    const deadline = deadlineIn(systemClock, HOUR)
    expect(hasPassed(systemClock, deadline)).toBe(false)
    expect(Math.abs(deadline.wall - HOUR - Date.now())).toBeLessThan(MINUTE)
    expect(Math.abs(deadline.monotonic - HOUR - performance.now())).toBeLessThan(MINUTE)
  })
})
