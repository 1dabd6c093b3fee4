import type { Writable } from 'node:stream'
import type { Command } from 'commander'
import type { ExitCode } from '../exit-code.js'

export interface Terminal {
  readonly stdout: Writable
  readonly stderr: Writable
  readonly version: string
  /** The folder that paths are relative to. */
  readonly cwd: string
}

/** What a command works with: its terminal, and how it says what the process is to end with. */
export interface Session extends Terminal {
  /** Without a call, `EXIT.done`. */
  end(code: ExitCode): void
}

/** Adds one command to the program. Its action throws `UsageError` where the command line is wrong, another error where the work fails. */
export type AddCommand = (program: Command, session: Session) => void
