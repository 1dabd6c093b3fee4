import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { run } from '../../src/cli/run.js'

export interface CommandRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command line as version 1.2.3, in this folder. */
export async function runCommand(args: readonly string[], cwd = '.'): Promise<CommandRun> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const code = await run(args, { stdout, stderr, version: '1.2.3', cwd })
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), err: await text(stderr) }
}
