import { EnvelopeConfigError } from '../errors.js'
import { isModelMap } from './is-model-map.js'
import { type ModelMap, modelMapVersion } from './model-map.js'

/** Throws `ENVELOPE_CONFIG_INVALID` if the value is not a model map of this release. `name` is what the message calls it. */
export function assertModelMap(value: unknown, name: string): asserts value is ModelMap {
  if (isModelMap(value)) return
  throw new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `${name} ${problemOf(value)}`)
}

function problemOf(value: unknown): string {
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined
  if (typeof version !== 'number' || version === modelMapVersion) {
    return 'is not a model map that this release of prisma-envelope understands. Run `prisma generate`, which writes it again.'
  }
  const mismatch = `has version ${version} of the model map, but this release of prisma-envelope reads version ${modelMapVersion}.`
  return version < modelMapVersion
    ? `${mismatch} Run \`prisma generate\`.`
    : `${mismatch} Upgrade prisma-envelope here too, or run \`prisma generate\` with this release.`
}
