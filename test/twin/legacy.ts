import type { ModelMap } from '../../src/schema/model-map.js'
import type { TestDatabase } from '../support/databases/contract.js'
import type { Model, Models, Scalar } from './models.js'
import { quoted } from './quoted.js'

/** Models of which nothing is legacy, so that plaintext in them is a difference. */
const STRICT: ReadonlySet<string> = new Set(['Record', 'Comment'])

/**
 * Whether a field's rows are partly in plaintext from the start: those that nothing searches by, since a search that the
 * column cannot answer exactly is refused.
 */
export function isLegacy(
  model: string,
  { encrypted, list, indexes }: Pick<Scalar, 'encrypted' | 'list' | 'indexes'>,
): boolean {
  return encrypted && !list && indexes.length === 0 && !STRICT.has(model)
}

/** The model map with these fields as `legacy: read`. */
export function withLegacy(map: ModelMap): ModelMap {
  const models = structuredClone(map) as { models: Record<string, { fields: Record<string, unknown> }> }
  for (const [name, { fields }] of Object.entries(map.models)) {
    const indexed = Object.values(fields).flatMap((field) =>
      field.kind === 'scalar' && field.index ? [field.index.source] : [],
    )
    for (const [field, entry] of Object.entries(fields)) {
      if (entry.kind !== 'scalar' || entry.encrypted === undefined) continue
      const scalar = {
        encrypted: true,
        list: entry.list === true,
        indexes: indexed.includes(field) ? [{} as never] : [],
      }
      if (!isLegacy(name, scalar)) continue
      const encrypted = { ...entry.encrypted, legacy: { until: '2999-12-31' } }
      const own = models.models[name]
      if (own !== undefined) own.fields[field] = { ...entry, encrypted }
    }
  }
  return models as unknown as ModelMap
}

/** Puts what the plain twins hold in every other row of the encrypted one, in place of its envelopes. */
export async function leavePlaintext(
  models: Models,
  encrypted: TestDatabase,
  plains: readonly TestDatabase[],
): Promise<number> {
  let values = 0
  for (const model of models.list) {
    const fields = model.scalars.filter((field) => isLegacy(model.name, field))
    if (fields.length === 0) continue
    const rows = new Map<string, Record<string, unknown>>()
    for (const database of plains)
      for (const row of await rowsOf(database, model, fields)) rows.set(keyOf(model, row), row)
    const ordered = [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [, row] of ordered.filter((_, at) => at % 2 === 0))
      values += await overwrite(encrypted, model, fields, row)
  }
  return values
}

async function overwrite(
  database: TestDatabase,
  model: Model,
  fields: readonly Scalar[],
  row: Record<string, unknown>,
): Promise<number> {
  const present = fields.filter(({ name }) => row[name] !== null)
  if (present.length === 0) return 0
  const cast = ({ type }: Scalar): string => (database.provider === 'postgresql' && type === 'Json' ? '::jsonb' : '')
  const set = present.map((field) => `${quoted(database, field.column)} = ?${cast(field)}`)
  const keys = keysOf(model)
  const where = keys.map(({ column }) => `${quoted(database, column)} = ?`)
  const sql = `UPDATE ${quoted(database, model.table)} SET ${set.join(', ')} WHERE ${where.join(' AND ')}`
  await database.execute(
    sql,
    [...present, ...keys].map(({ name }) => row[name] as never),
  )
  return present.length
}

function rowsOf(database: TestDatabase, model: Model, fields: readonly Scalar[]): Promise<Record<string, unknown>[]> {
  const columns = [...keysOf(model), ...fields].map(
    ({ column, name }) => `${quoted(database, column)} AS ${quoted(database, name)}`,
  )
  return database.query(`SELECT ${columns.join(', ')} FROM ${quoted(database, model.table)}`)
}

function keysOf({ key, scalars }: Model): Scalar[] {
  return scalars.filter(({ name }) => key.includes(name))
}

function keyOf(model: Model, row: Record<string, unknown>): string {
  return keysOf(model)
    .map(({ name }) => String(row[name]))
    .join(' ')
}
