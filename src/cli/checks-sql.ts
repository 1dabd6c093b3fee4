import type { CheckedColumn, Checks } from '../databases/index.js'
import { EnvelopeConfigError } from '../errors.js'
import type { ModelMap, ScalarEntry } from '../schema/model-map.js'
import { TOKEN_LENGTH } from '../search/index.js'
import { valueTypes } from '../values/index.js'
import { databaseFor } from './map-database.js'

/**
 * The SQL that makes a database refuse values in encrypted columns that are not envelopes, and values in index columns
 * that are not tokens: a safety net for a client that somebody forgot to extend. It checks only the form; whether a value
 * is genuine shows only when it is opened.
 *
 * The same text for the same map. Throws `ENVELOPE_CONFIG_INVALID` for an unknown database.
 */
export function checksSql(map: ModelMap): string {
  const { checks } = databaseFor(map)
  const statements = checkedColumns(map).map(({ field, ...column }) => {
    const condition = conditionOn(map.provider, checks, field)
    return checks.statement(column, (reference) => `${reference} IS NULL OR (${condition(reference)})`)
  })
  return [header(map, checks, statements.length > 0), ...statements].join('\n')
}

/** The encrypted columns and index columns, in the order of the schema. */
function checkedColumns(map: ModelMap): (CheckedColumn & { readonly field: ScalarEntry })[] {
  return Object.values(map.models).flatMap(({ schema, table, fields }) =>
    Object.values(fields).flatMap((field) => {
      if (field.kind !== 'scalar' || (field.index === undefined && field.encrypted === undefined)) return []
      // Plaintext is in it, or will be.
      if (field.encrypted?.legacy !== undefined || field.encrypted?.write !== undefined) return []
      return [{ schema, table, column: field.column, field }]
    }),
  )
}

/** Encrypted columns that may hold plaintext: `table.column`. */
function uncheckedColumns(map: ModelMap): string[] {
  return Object.values(map.models).flatMap(({ table, fields }) =>
    Object.values(fields).flatMap((field) =>
      field.kind === 'scalar' && (field.encrypted?.legacy ?? field.encrypted?.write) !== undefined
        ? [`${table}.${field.column}`]
        : [],
    ),
  )
}

function uncheckedNote(columns: readonly string[]): string[] {
  return [
    'Left out, because they may hold plaintext (legacy: read, write: plain). Where one of them has a constraint already, drop it:',
    ...columns.map((column) => `  ${column.replace(/\s/g, ' ')}`),
  ]
}

/** The condition for a value of the field that is not NULL. */
function conditionOn(provider: string, checks: Checks, field: ScalarEntry): (reference: string) => string {
  if (field.index !== undefined) return (reference) => checks.token(reference, TOKEN_LENGTH)
  const content = field.encrypted && valueTypes[field.encrypted.type].column
  const condition = content && (field.list === true ? checks.list : checks.envelope)?.[content]
  if (condition === undefined) throw noLists(provider)
  return condition
}

/** The generator refuses such a schema, so the map was changed or another release wrote it. */
function noLists(provider: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `The model map has encrypted lists, which are not supported on ${provider}. Run \`prisma generate\`.`,
  )
}

function header(map: ModelMap, { notes }: Checks, any: boolean): string {
  const { provider } = map
  const left = uncheckedColumns(map)
  const lines = [
    `Written by \`prisma-envelope sql --checks\`, for ${provider}.`,
    '',
    ...(any
      ? [
          'The database will refuse a value in an encrypted column that is not an envelope, and a value in an index column',
          'that is not 16 bytes, whoever writes it: a client without the extension, another program, a person. NULL is allowed.',
          '',
          ...notes,
        ]
      : [
          `No field of the schema ${left.length > 0 ? 'can be checked yet' : 'is encrypted'}: there is nothing to check.`,
        ]),
    ...(left.length === 0 ? [] : ['', ...uncheckedNote(left)]),
  ]
  return lines
    .map((line) => `-- ${line}`.trimEnd())
    .join('\n')
    .concat('\n')
}
