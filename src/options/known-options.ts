import { EnvelopeConfigError } from '../errors.js'
import { quoted } from '../quoting/quote.js'

/**
 * The options of a type: a record and no list, so that one which is missing here does not compile, nor one too many.
 */
export type OptionNames<T> = Readonly<Record<keyof T, true>>

/**
 * Refuses an option that the type does not have: a misspelt one would be ignored, and its default used.
 *
 * Throws `ENVELOPE_CONFIG_INVALID`.
 *
 * @param of what the options are given to.
 */
export function refuseUnknownOptions<T extends object>(of: string, options: object, names: OptionNames<T>): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      `${of}: unknown option ${quoted(name)}; valid options are ${Object.keys(names).join(', ')}.`,
    )
  }
}
