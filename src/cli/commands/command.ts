import type { Writable } from 'node:stream'

export interface Terminal {
  readonly stdout: Writable
  readonly stderr: Writable
  readonly version: string
  /** The folder that paths are relative to. */
  readonly cwd: string
}

/** `prisma-envelope <name> …`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string
  /** For `prisma-envelope <name> --help`. */
  readonly usage: string
  /** Throws `UsageError` for a wrong command line, any other error if the work fails. */
  run(args: readonly string[], terminal: Terminal): Promise<void>
}
