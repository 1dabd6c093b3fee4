import { appendFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends the output with a line that both people and `.ci/run` read: `N passed, N failed`, then `, N skipped` if any were.
 *
 * A test file that cannot be loaded, and an error outside of any test, count as failures: neither may hide. Where
 * something failed, or nothing passed, the process ends with a non-zero code.
 */
export default class CountReporter implements Reporter {
  constructor(private readonly options: { readonly leftOut?: readonly string[] } = {}) {}

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0
    let skipped = 0
    let failed = unhandledErrors.length
    for (const module of modules) {
      // Errors of the file itself or of a suite's hooks, which belong to no test.
      failed += module.errors().length
      for (const suite of module.children.allSuites()) failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        else if (state === 'failed') failed += 1
        else skipped += 1
      }
    }
    const failuresFile = process.env.TEST_FAILURES_FILE
    if (failuresFile !== undefined) appendFileSync(failuresFile, failuresOf(modules, unhandledErrors).join(''))
    const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`
    const file = process.env.TEST_COUNT_FILE
    if (file !== undefined) appendFileSync(file, line)
    // After what the other reporters still have to say, and after anything that would make a failure a success.
    process.once('exit', () => {
      if (passed === 0 || failed > 0) process.exitCode = 1
      for (const message of this.options.leftOut ?? []) process.stdout.write(`${message}\n`)
      process.stdout.write(line)
    })
  }
}

/** A line for each failure: where it is, and how its first error begins. Of a run that takes an hour, not all output is kept. */
function failuresOf(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): string[] {
  const lines = unhandledErrors.map((error) => failureLine('outside of any test', [error]))
  for (const module of modules) {
    const file = `${module.project.name} ${module.relativeModuleId}`
    if (module.errors().length > 0) lines.push(failureLine(file, module.errors()))
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) lines.push(failureLine(`${file} > ${suite.fullName}`, suite.errors()))
    }
    for (const test of module.children.allTests('failed')) {
      lines.push(failureLine(`${file} > ${test.fullName}`, test.result().errors ?? []))
    }
  }
  return lines
}

const LONGEST_ERROR = 300

function failureLine(place: string, [error]: readonly unknown[]): string {
  const message = error instanceof Object && 'message' in error ? String(error.message) : String(error)
  return `${place}: ${stripVTControlCharacters(message).replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_ERROR)}\n`
}
