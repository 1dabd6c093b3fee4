/** What the process ends with, as `docs/cli.md` lists it. */
export const EXIT = {
  /** All was done, and nothing was found. */
  done: 0,
  /** The work failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** All was done, and something was found that needs a look: files that are out of date. */
  findings: 3,
  /** Stopped by Ctrl-C: 128 and the number of SIGINT. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
