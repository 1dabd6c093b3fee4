import { EnvelopeConfigError } from '../../errors.js'
import type { ModelMap } from '../../schema/model-map.js'
import { type Content, checkedColumns } from './columns.js'
import type { Dialect } from './dialect.js'
import { mysql } from './mysql.js'
import { postgresql } from './postgresql.js'
import { sqlite } from './sqlite.js'
import { sqlserver } from './sqlserver.js'

/** By Prisma's `datasource.provider`. MariaDB is `mysql` there. */
const dialects: Readonly<Record<string, Dialect>> = { postgresql, cockroachdb: postgresql, mysql, sqlite, sqlserver }

/**
 * The SQL that makes a database refuse, in encrypted columns, what is not an envelope, and in index columns what is
 * not a token: a net under a client that somebody forgot to extend. It looks at the form alone; only opening a value
 * shows that it is genuine.
 *
 * The same text for the same map. Throws `ENVELOPE_CONFIG_INVALID` for a database that it does not know.
 */
export function checksSql(map: ModelMap): string {
  const dialect = Object.hasOwn(dialects, map.provider) ? dialects[map.provider] : undefined
  if (dialect === undefined) {
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      `The model map is for the database ${JSON.stringify(map.provider)}; CHECK constraints are known for ${Object.keys(dialects).join(', ')}.`,
    )
  }
  const statements = checkedColumns(map).map((column) => {
    const conditions: Conditions = column.list ? dialect.listConditions : dialect.conditions
    const condition = conditions?.[column.content]
    if (condition === undefined) throw noLists(map.provider)
    return dialect.statement(column, (reference) => `${reference} IS NULL OR (${condition(reference)})`)
  })
  return [header(map.provider, dialect, statements.length > 0), ...statements].join('\n')
}

type Conditions = Readonly<Partial<Record<Content, (reference: string) => string>>> | undefined

/** The generator refuses such a schema. */
function noLists(provider: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `The model map has encrypted lists, which ${provider} has not. Run prisma generate.`,
  )
}

function header(provider: string, { notes }: Dialect, any: boolean): string {
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
