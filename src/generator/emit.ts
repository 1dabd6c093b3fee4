import type { ModelMap, ScalarEntry } from '../schema/model-map.js'
import { modelMapFile, serializeModelMap } from '../schema/model-map-file.js'
import { tenantSource } from '../schema/tenant-source.js'
import { partText } from '../search/index.js'
import { type Literal, literal, literalType } from './literal.js'

export interface EmittedFile {
  readonly name: string
  readonly text: string
}

export interface EmitOptions {
  readonly extension: 'ts' | 'js'
  readonly moduleFormat: 'esm' | 'cjs'
}

/** The beginning of every file that we write, by which we also recognize our own files. */
export const signature = '/**\n * Written by `prisma generate` (prisma-envelope).'

/** The names that a generated module may have; a change of options must not leave the previous ones behind. */
export const moduleFiles = ['index.ts', 'index.js', 'index.d.ts'] as const

/** What the generator writes: the module for the application, and the same map as JSON for the command line. */
export function emitFiles(map: ModelMap, options: EmitOptions): EmittedFile[] {
  return [...emitModule(map, options), { name: modelMapFile, text: serializeModelMap(map) }]
}

/**
 * The generated module: one constant, `encryptedModels`, import-free, the same text for the same schema.
 *
 * Its type is a named interface. TypeScript repeats the type of a constant wherever a declaration contains the client
 * (700 KB for 60 models), but refers to an interface by its name.
 *
 * With `js`, the files are `index.js` and `index.d.ts`.
 */
function emitModule(map: ModelMap, { extension, moduleFormat }: EmitOptions): EmittedFile[] {
  const head = header(map)
  // The map is plain data: strings, booleans, a number, arrays and objects of these.
  const data = map as unknown as Literal
  const value = literal(data, 0, 0)
  if (extension === 'ts') return [{ name: 'index.ts', text: `${head}const models = ${value} as const\n${named}` }]
  const code =
    moduleFormat === 'esm'
      ? `export const encryptedModels = ${value}\n`
      : `'use strict'\nexports.encryptedModels = ${value}\n`
  return [
    { name: 'index.js', text: head + code },
    {
      name: 'index.d.ts',
      text: `${head}${interfaceDoc}export interface EncryptedModels ${literalType(data)}\n\nexport declare const encryptedModels: EncryptedModels\n`,
    },
  ]
}

const interfaceDoc = '/** The type of this schema, by a name: declaration files refer to it and do not repeat it. */\n'

const named = `
type Models = typeof models

${interfaceDoc}export interface EncryptedModels extends Models {}

export const encryptedModels: EncryptedModels = models
`

function header(map: ModelMap): string {
  const lines = [
    ...(tableOf(map) ?? ['No field of this schema is encrypted: no comment in it says `/// @encrypted`.']),
    '',
    'Do not edit: annotate the Prisma schema instead. For `fieldEncryption({ models: encryptedModels })`.',
  ]
  return `${signature}\n *\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n\n`
}

/** Which fields are encrypted, for reviewers of a schema change. */
function tableOf(map: ModelMap): string[] | undefined {
  const rows = Object.entries(map.models).flatMap(([model, { fields, tenant }]) =>
    Object.entries(fields).flatMap(([field, entry]) => {
      if (entry.kind !== 'scalar' || entry.encrypted === undefined) return []
      const searchable = Object.entries(fields)
        .flatMap(([name, other]) =>
          other.kind === 'scalar' && other.index?.source === field ? [describe(name, other)] : [],
        )
        .join('; ')
      return [[`${model}.${field}`, typeOf(entry), entry.encrypted.as, tenantSource(tenant), searchable || '-']]
    }),
  )
  if (rows.length === 0) return undefined
  const table = [['Encrypted field', 'Type', 'Logical name', 'Tenant', 'Index'], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function typeOf(entry: ScalarEntry): string {
  return `${entry.type}${entry.list ? '[]' : entry.optional ? '?' : ''}`
}

function describe(name: string, { index }: ScalarEntry): string {
  const details = [
    index?.scope ?? '',
    ...(index === undefined || index.kind === 'equality' ? [] : [partText({ kind: index.kind, length: index.length })]),
    ...(index?.normalize ?? []),
    ...(index?.lowEntropy ? ['low entropy'] : []),
  ]
  return `${name} (${details.join(', ')})`
}
