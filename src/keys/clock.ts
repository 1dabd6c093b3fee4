/** Milliseconds by two clocks: the wall's, which can be set, and one that only runs forward but sleeps with the machine. */
export interface Clock {
  wall(): number
  monotonic(): number
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
}

/** The longest delay that Node's timers can hold, in milliseconds; longer ones would fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1

/** A moment on both clocks. It has passed as soon as either says so, the stricter of the two. */
export interface Deadline {
  readonly wall: number
  readonly monotonic: number
}

export function deadlineIn(clock: Clock, milliseconds: number): Deadline {
  return { wall: clock.wall() + milliseconds, monotonic: clock.monotonic() + milliseconds }
}

/** @param later milliseconds that a deadline is put off by. */
export function hasPassed(clock: Clock, deadline: Deadline, later = 0): boolean {
  return clock.wall() >= deadline.wall + later || clock.monotonic() >= deadline.monotonic + later
}
