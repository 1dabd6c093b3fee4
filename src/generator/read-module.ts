import { EnvelopeConfigError } from '../errors.js'
import { isModelMap } from '../schema/is-model-map.js'
import type { ModelMap } from '../schema/model-map.js'
import { NotLiteral, readLiteral } from './read-literal.js'

/** How `emitModule` begins the constant: in TypeScript, in ES modules, and in CommonJS. */
const constant = /^(?:const models|export const encryptedModels|exports\.encryptedModels)\s*=\s*/m

/**
 * The model map in the text of a generated module, without running it: `.ts` as well as `.js`, whatever loaders the
 * application has. `name` is for messages. Throws `ENVELOPE_CONFIG_INVALID`.
 */
export function readModule(text: string, name: string): ModelMap {
  const found = constant.exec(text)
  if (found === null) throw notGenerated(name, 'it exports no constant `encryptedModels`')
  const map = data(text, found.index + found[0].length, name)
  if (!isModelMap(map)) throw notGenerated(name, '`encryptedModels` is not a model map of this release')
  return map
}

function data(text: string, start: number, name: string): unknown {
  try {
    return readLiteral(text, start)
  } catch (error) {
    if (error instanceof NotLiteral) throw notGenerated(name, error.message)
    throw error
  }
}

function notGenerated(name: string, reason: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `${name} is not the module that \`prisma generate\` writes: ${reason}. Run \`prisma generate\` with this release of prisma-envelope.`,
  )
}
