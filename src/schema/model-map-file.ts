import { EnvelopeConfigError } from '../errors.js'
import { assertModelMap } from './assert-model-map.js'
import type { ModelMap } from './model-map.js'

/** The file next to the generated module that holds the model map for programs that do not load the module. */
export const modelMapFile = 'encryption.json'

/** The file's text: the same for the same map. */
export function serializeModelMap(map: ModelMap): string {
  return `${JSON.stringify(map, null, 2)}\n`
}

/**
 * The model map in the file's text; `name` is what messages call the file. `JSON.parse` creates only own properties, also
 * for a key `__proto__`. Throws `ENVELOPE_CONFIG_INVALID`.
 */
export function parseModelMap(text: string, name: string): ModelMap {
  let map: unknown
  try {
    map = JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, and does not say what to do.
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      `${name} is not JSON. Run \`prisma generate\`, which writes it again.`,
    )
  }
  assertModelMap(map, name)
  return map
}
