import type { Database } from '../databases/index.js'
import {
  keyTableAnnotations,
  keyTableFields,
  keyTableParts,
  keyTableUnique,
  type OwnTablePart,
  typeOf,
} from '../schema/key-table.js'
import type { ModelMap } from '../schema/model-map.js'
import { databaseFor } from './map-database.js'

/**
 * The two models of a key table in Prisma's schema language, for the database of the map, with names that its schema does not
 * have yet. The same text for the same map.
 *
 * Throws `ENVELOPE_CONFIG_INVALID` for an unknown database.
 */
export function keysPsl(map: ModelMap): string {
  const database = databaseFor(map)
  if (map.keyTable !== undefined) {
    const { keys, counts } = map.keyTable
    return comment([...title(map), `The schema has a key table already: the models ${keys} and ${counts}.`])
  }
  const schema = schemaOf(map)
  const names = freeNames(map)
  const models = keyTableParts.map((part) => modelText(database, part, names[part], schema))
  return [comment([...title(map), ...steps(schema)]), ...models].join('\n')
}

/**
 * The model where jobs keep their positions, in the same way.
 *
 * Throws `ENVELOPE_CONFIG_INVALID` for an unknown database.
 */
export function jobsPsl(map: ModelMap): string {
  const database = databaseFor(map)
  const head = title(map, 'jobs')
  if (map.jobs !== undefined) return comment([...head, `The schema has a model for jobs already: ${map.jobs}.`])
  const schema = schemaOf(map)
  const taken = takenNames(map)
  const names = ['EnvelopeJob', ...Array.from(taken, (_, n) => `EnvelopeJob${n + 2}`)]
  const name = names.find((one) => !taken.has(one.toLowerCase())) ?? 'EnvelopeJob'
  const lines = [
    'Paste this model into the Prisma schema, then run `prisma migrate dev` and `prisma generate`. The names of the fields are',
    'fixed. That of the model is not, and you may add `@map` and `@@map`. Its rows may be deleted while no job is running: a job',
    'then begins with the first row.',
  ]
  return [comment([...head, ...lines]), modelText(database, 'jobs', name, schema)].join('\n')
}

function title({ provider }: ModelMap, option = 'keys'): string[] {
  return [`Written by \`prisma-envelope sql --${option}\`, for ${provider}.`, '']
}

function steps(schema: string | undefined): string[] {
  return [
    '1. Paste these models into the Prisma schema. The names of the fields are fixed. Those of the models are not, and you may',
    '   add `@map` and `@@map`.',
    ...(schema === undefined ? [] : ['   Write the database schema that they belong in, if it is another one.']),
    '2. Run `prisma migrate dev` and `prisma generate`. Commit the lock file.',
    '3. Deploy the migration and the new client to everything that reads, before anything stores keys there: what has no key',
    '   table cannot open the values that were sealed with its keys. docs/scale.md says how, and what is in these models.',
  ]
}

/** With several database schemas, Prisma demands one of each model: here that of the first. */
function schemaOf({ models }: ModelMap): string | undefined {
  return Object.values(models).find(({ schema }) => schema !== undefined)?.schema
}

/** Of models, tables and enums, in lower case: two of them cannot have one name. */
function takenNames({ models }: ModelMap): ReadonlySet<string> {
  const taken = new Set<string>()
  for (const [name, { table, fields }] of Object.entries(models)) {
    for (const one of [name, table]) taken.add(one.toLowerCase())
    for (const field of Object.values(fields)) if (field.kind === 'scalar') taken.add(field.type.toLowerCase())
  }
  return taken
}

function freeNames(map: ModelMap): Readonly<Record<'keys' | 'counts', string>> {
  const taken = takenNames(map)
  for (let n = 1; ; n++) {
    const keys = n === 1 ? 'DataKey' : `EnvelopeDataKey${n === 2 ? '' : n}`
    const names = { keys, counts: `${keys}Count` }
    if (!Object.values(names).some((name) => taken.has(name.toLowerCase()))) return names
  }
}

const purposes: Readonly<Record<OwnTablePart, string>> = {
  keys: '/// Wrapped data keys of prisma-envelope.',
  counts: '/// How many messages each data key may have sealed.',
  jobs: '/// How far the jobs of prisma-envelope are.',
}

function modelText(database: Database, part: OwnTablePart, name: string, schema: string | undefined): string {
  const rows = keyTableFields[part].map((field) => {
    const [type = '', ...attributes] = typeOf(database, field).split(' ')
    return [field.name, type, attributes.join(' ')]
  })
  const attributes = [
    ...(part === 'keys' ? [`@@unique([${keyTableUnique.join(', ')}])`] : []),
    ...(schema === undefined ? [] : [`@@schema(${JSON.stringify(schema)})`]),
  ]
  const lines = [...aligned(rows), ...(attributes.length === 0 ? [] : ['', ...attributes])]
  const body = lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')
  return `${purposes[part]}\n${keyTableAnnotations[part]}\nmodel ${name} {\n${body}\n}\n`
}

/** As Prisma formats fields: names, types and attributes each in a column. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(' ')
      .trimEnd(),
  )
}

function comment(lines: readonly string[]): string {
  return `${lines.map((line) => `// ${line}`.trimEnd()).join('\n')}\n`
}
