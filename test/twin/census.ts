import type { Outcome } from './compare.js'
import { errorName } from './compare.js'
import type { Operation } from './operations.js'
import type { Mode, Step } from './sequence.js'

interface Count {
  calls: number
  /** With rows in the result, or rows changed. */
  onRows: number
  failed: number
}

/** What was really compared: a run that only compares nothing with nothing would prove nothing. */
export class Census {
  readonly operations = new Map<string, Count>()
  readonly modes = new Map<string, number>()
  readonly kinds = new Map<string, number>()
  readonly errors = new Map<string, number>()
  readonly refusals = new Map<string, number>()
  sequences = 0

  ran(mode: Mode, step: Step, operation: Operation, outcome: Outcome): void {
    const name = operation.fluent === undefined ? operation.name : 'fluent'
    const count = this.operations.get(name) ?? { calls: 0, onRows: 0, failed: 0 }
    this.operations.set(name, count)
    count.calls += 1
    add(this.modes, mode)
    add(this.kinds, step.kind)
    if ('error' in outcome) {
      count.failed += 1
      add(this.errors, errorName(outcome.error))
    } else if (holdsRows(outcome.value)) count.onRows += 1
  }

  refused({ expects }: Operation): void {
    add(this.refusals, expects ?? '')
  }

  get calls(): number {
    return [...this.operations.values()].reduce((sum, { calls }) => sum + calls, 0)
  }

  get onRows(): number {
    return [...this.operations.values()].reduce((sum, { onRows }) => sum + onRows, 0)
  }

  report(): string {
    const list = (counts: ReadonlyMap<string, number>) =>
      [...counts]
        .sort(([, a], [, b]) => b - a)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')
    const operations = [...this.operations]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, { calls, onRows, failed }]) =>
          `  ${name.padEnd(20)} ${calls} calls, ${onRows} on rows, ${failed} failed alike`,
      )
    return [
      `${this.sequences} sequences, ${this.calls} calls, ${this.onRows} of them on rows`,
      ...operations,
      `  ways: ${list(this.modes)}`,
      `  steps: ${list(this.kinds)}`,
      `  errors: ${list(this.errors)}`,
      `  refusals: ${list(this.refusals)}`,
    ].join('\n')
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function holdsRows(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'number') return value > 0
  if (typeof value !== 'object' || value === null) return false
  return !('count' in value) || (value as { count: unknown }).count !== 0
}
