import { type ParseArgsConfig, parseArgs } from 'node:util'

/** The command line is wrong, in a way that `--help` explains: exit code 2. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>

/** `parseArgs`, strict and without positional arguments, with messages that fit on one line. Throws `UsageError`. */
export function parseOptions<const O extends Options>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    // Node's codes for what a user typed; anything else is our own bug.
    if (!(error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')))
      throw error
    const [first = ''] = error.message.split(/\.\s|\n/)
    throw new UsageError(first.replace(/\.$/, ''))
  }
}
