import { errorName, type Outcome } from './compare.js'
import type { Operation } from './operations.js'
import type { Mode, Step } from './sequence.js'

/** Counts by name. */
type Counts = Record<string, number>

/** What was really compared: a run that only compares nothing with nothing would prove nothing. */
export interface Tally {
  sequences: number
  /** By operation: calls, those with rows in the result or rows changed, and those that failed on both twins. */
  readonly calls: Counts
  readonly onRows: Counts
  readonly failed: Counts
  readonly modes: Counts
  readonly kinds: Counts
  readonly errors: Counts
  readonly refusals: Counts
}

export function emptyTally(): Tally {
  return { sequences: 0, calls: {}, onRows: {}, failed: {}, modes: {}, kinds: {}, errors: {}, refusals: {} }
}

export class Census {
  constructor(readonly tally: Tally = emptyTally()) {}

  ran(mode: Mode, step: Step, operation: Operation, outcome: Outcome): void {
    const name = operation.fluent === undefined ? operation.name : 'fluent'
    add(this.tally.calls, name)
    add(this.tally.modes, mode)
    add(this.tally.kinds, step.kind)
    if ('error' in outcome) {
      add(this.tally.failed, name)
      add(this.tally.errors, errorName(outcome.error))
    } else if (holdsRows(outcome.value)) add(this.tally.onRows, name)
  }

  refused({ expects }: Operation): void {
    add(this.tally.refusals, expects ?? '')
  }

  sequence(): void {
    this.tally.sequences += 1
  }

  get calls(): number {
    return sum(this.tally.calls)
  }

  get onRows(): number {
    return sum(this.tally.onRows)
  }

  report(): string {
    const { sequences, calls, onRows, failed, modes, kinds, errors, refusals } = this.tally
    const operations = Object.keys(calls)
      .sort()
      .map(
        (name) =>
          `  ${name.padEnd(20)} ${calls[name]} calls, ${onRows[name] ?? 0} on rows, ${failed[name] ?? 0} failed alike`,
      )
    return [
      `${sequences} sequences, ${this.calls} calls, ${this.onRows} of them on rows`,
      ...operations,
      `  ways: ${list(modes)}`,
      `  steps: ${list(kinds)}`,
      `  errors: ${list(errors)}`,
      `  refusals: ${list(refusals)}`,
    ].join('\n')
  }
}

function add(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

function list(counts: Counts): string {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a)
  return entries.map(([name, count]) => `${name} ${count}`).join(', ')
}

function holdsRows(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'number') return value > 0
  if (typeof value !== 'object' || value === null) return false
  return !('count' in value) || (value as { count: unknown }).count !== 0
}
