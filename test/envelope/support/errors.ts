import { inspect } from 'node:util'
import { expect } from 'vitest'
import { EnvelopeError } from '../../../src/errors.js'
import { SECRET } from './sealed.js'

/** The code of the typed error that `run` throws, which must not show the secret. `undefined` where it throws none. */
export function codeOf(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    expect(error, `untyped: ${inspect(error)}`).toBeInstanceOf(EnvelopeError)
    // The line above has made sure of the type.
    const typed = error as EnvelopeError
    expect(inspect(typed, { depth: null, showHidden: true })).not.toContain(SECRET)
    return typed.code
  }
}
