import type { Writable } from 'node:stream'
import { SingleBar } from 'cli-progress'
import type { JobProgress } from '../../operations/index.js'

/** How often a line is written where there is no terminal (ms). */
const LINE_EVERY = 10_000

/** Shows how far a job is: a bar on a terminal, a line now and then elsewhere. */
export interface ProgressView {
  update(progress: JobProgress): void
  stop(): void
}

/** How a command puts what becomes of rows. */
export interface ProgressWords {
  /** Of rows that are changed; none where none are. */
  readonly changed?: string
  /** Default: `skipped`. */
  readonly skipped?: string
}

/** On `stderr`: what a command is for is on `stdout`. */
export function progressView(
  stderr: Writable & { readonly isTTY?: boolean },
  { changed: changedWord, skipped: skippedWord = 'skipped' }: ProgressWords,
): ProgressView {
  const bar = new SingleBar({
    // Its type asks for a stream of the process, of which it uses no more than a writable one has.
    stream: stderr as NodeJS.WritableStream,
    format: '{model} {bar} {value} of {total} rows{changed}{skipped}, {rate} rows/s, {eta_formatted} left',
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: LINE_EVERY,
    linewrap: false,
    stopOnComplete: false,
    barsize: 20,
  })
  const began = performance.now()
  let isStarted = false
  return {
    update({ model, rows, allRows, changed, skipped }) {
      const seconds = (performance.now() - began) / 1000
      const shown = {
        model,
        changed: changedWord === undefined ? '' : `, ${changed} ${changedWord}`,
        rate: Math.round(rows / Math.max(seconds, 0.001)),
        skipped: skipped === 0 ? '' : `, ${skipped} ${skippedWord}`,
      }
      // Rows may have been added since they were counted.
      bar.setTotal(Math.max(allRows, rows))
      if (isStarted) bar.update(rows, shown)
      else bar.start(Math.max(allRows, rows), rows, shown)
      isStarted = true
    },
    stop: () => bar.stop(),
  }
}
