import { inspect } from 'node:util'

/** Arguments, as one would write them. */
export function show(args: unknown): string {
  return inspect(args, { depth: 30, breakLength: 110 })
}
