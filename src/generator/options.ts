import { isAbsolute, join } from 'node:path'
import { schemaError } from '../schema/problems.js'
import { nearest } from '../schema/spelling.js'

/** The checked options of the `generator` block. */
export interface GeneratorOptions {
  /** The folder of the generated module and of `encryption.json`, absolute. */
  readonly output: string
  readonly extension: 'ts' | 'js'
  readonly moduleFormat: 'esm' | 'cjs'
  /** Widen the generated client's unique inputs, so that they accept an encrypted field in place of its index column. */
  readonly patchTypes: boolean
  /** Absolute; `undefined` for the default, beside the schema. */
  readonly lockFile?: string
  /** The tenant of rows that belong to no tenant. Checked with the schema, which says what tenants look like. */
  readonly sharedTenant?: string
}

export interface GeneratorBlock {
  readonly name: string
  readonly output?: string | undefined
  readonly config: { readonly [option: string]: unknown }
  /** The folder of the `.prisma` file with the block: paths in it are relative to that, as `output` is. */
  readonly folder: string
}

const choices = {
  generatedFileExtension: ['ts', 'js'],
  moduleFormat: ['esm', 'cjs'],
  types: ['patch'],
} as const

const known = ['output', ...Object.keys(choices), 'lockFile', 'sharedTenant']

/** Reads the options of a `generator` block. Throws `ENVELOPE_SCHEMA_INVALID`. */
export function readOptions({ name, output, config, folder }: GeneratorBlock): GeneratorOptions {
  const refuse = (message: string): Error => schemaError([{ model: `generator ${name}`, message }])

  for (const option of Object.keys(config)) {
    if (known.includes(option)) continue
    const meant = nearest(option, known, 3)
    const remedy =
      meant === undefined
        ? `Write one of ${known.join(', ')} instead.`
        : `Write \`${meant}\` instead (valid options are ${known.join(', ')}).`
    throw refuse(`unknown option \`${option}\`. ${remedy}`)
  }
  const choice = <O extends keyof typeof choices>(option: O): (typeof choices)[O][number] | undefined => {
    const value = config[option]
    if (value === undefined) return undefined
    const allowed: readonly (typeof choices)[O][number][] = choices[option]
    const found = allowed.find((candidate) => candidate === value)
    if (found !== undefined) return found
    throw refuse(
      `\`${option}\` cannot be ${JSON.stringify(value)}. Write ${allowed.map((text) => `"${text}"`).join(' or ')} instead.`,
    )
  }

  const extension = choice('generatedFileExtension') ?? 'ts'
  const moduleFormat = choice('moduleFormat')
  if (moduleFormat !== undefined && extension === 'ts') {
    throw refuse(
      '`moduleFormat` is for JavaScript only: a `.ts` file has the module format of the project. Write `generatedFileExtension = "js"` as well.',
    )
  }
  const lockFile = config.lockFile
  if (lockFile !== undefined && (typeof lockFile !== 'string' || lockFile === '')) {
    throw refuse(
      '`lockFile` must be the path of a file, relative to this schema file. Write for example `lockFile = "./prisma-envelope.lock.json"` instead.',
    )
  }
  const { sharedTenant } = config
  if (sharedTenant !== undefined && typeof sharedTenant !== 'string') {
    throw refuse('`sharedTenant` must be one name. Write for example `sharedTenant = "main"` instead.')
  }
  if (output === undefined)
    throw refuse('no output folder is set. Write `output = "../src/generated/encryption"` as well.')
  return {
    output,
    extension,
    moduleFormat: moduleFormat ?? 'esm',
    patchTypes: choice('types') === 'patch',
    ...(lockFile === undefined ? {} : { lockFile: isAbsolute(lockFile) ? lockFile : join(folder, lockFile) }),
    ...(sharedTenant === undefined ? {} : { sharedTenant }),
  }
}
