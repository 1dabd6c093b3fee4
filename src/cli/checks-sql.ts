import { type CheckedColumn, type Checks, databaseOf, databases } from '../databases/index.js'
import { EnvelopeConfigError } from '../errors.js'
import type { ModelMap, ScalarEntry } from '../schema/model-map.js'
import { TOKEN_LENGTH } from '../search/index.js'
import { valueTypes } from '../values/index.js'

/**
 * The SQL that makes a database refuse, in encrypted columns, what is not an envelope, and in index columns what is
 * not a token: a net under a client that somebody forgot to extend. It looks at the form alone; only opening a value
 * shows that it is genuine.
 *
 * The same text for the same map. Throws `ENVELOPE_CONFIG_INVALID` for a database that it does not know.
 */
export function checksSql(map: ModelMap): string {
  const checks = databaseOf(map.provider)?.checks
  if (checks === undefined) {
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      `The model map is for the database ${JSON.stringify(map.provider)}; CHECK constraints are known for ${Object.keys(databases).join(', ')}.`,
    )
  }
  const statements = checkedColumns(map).map(({ field, ...column }) => {
    const condition = conditionOn(map.provider, checks, field)
    return checks.statement(column, (reference) => `${reference} IS NULL OR (${condition(reference)})`)
  })
  return [header(map.provider, checks, statements.length > 0), ...statements].join('\n')
}

/** The encrypted columns and index columns, in the order of the schema. */
function checkedColumns(map: ModelMap): (CheckedColumn & { readonly field: ScalarEntry })[] {
  return Object.values(map.models).flatMap(({ schema, table, fields }) =>
    Object.values(fields).flatMap((field) => {
      if (field.kind !== 'scalar' || (field.index === undefined && field.encrypted === undefined)) return []
      return [{ schema, table, column: field.column, field }]
    }),
  )
}

/** What a value of the field must fulfil that is not NULL. */
function conditionOn(provider: string, checks: Checks, field: ScalarEntry): (reference: string) => string {
  if (field.index !== undefined) return (reference) => checks.token(reference, TOKEN_LENGTH)
  const content = field.encrypted && valueTypes[field.encrypted.type].column
  const condition = content && (field.list === true ? checks.list : checks.envelope)?.[content]
  if (condition === undefined) throw noLists(provider)
  return condition
}

/** The generator refuses such a schema. */
function noLists(provider: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `The model map has encrypted lists, which ${provider} has not. Run prisma generate.`,
  )
}

function header(provider: string, { notes }: Checks, any: boolean): string {
  const lines = [
    `Written by \`prisma-envelope sql --checks\`, for ${provider}.`,
    '',
    ...(any
      ? [
          'From here on the database refuses what is not an envelope in an encrypted column, and what is not 16 bytes in an',
          'index column, whoever writes it: a client without the extension, another program, a person. NULL passes.',
          '',
          ...notes,
        ]
      : ['No field of the schema is encrypted: there is nothing to check.']),
  ]
  return lines
    .map((line) => `-- ${line}`.trimEnd())
    .join('\n')
    .concat('\n')
}
