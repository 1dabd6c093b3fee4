/**
 * What must, and must not, compile: checked by `tsc`, never run.
 *
 * With `types = "patch"` encrypted fields are accepted where they can be answered. The operators one by one, and the other
 * client generator: `test/generator/patch-schema.ts`.
 */

import type { PrismaClient as Postgresql } from '../generated/postgresql/client/client.js'
import type { PrismaClient as Sqlite } from '../generated/sqlite/client/client.js'

/** PostgreSQL's client has the mode; it stays where an index ignores case. */
async function modes(postgresql: Postgresql, sqlite: Sqlite) {
  await postgresql.patient.findMany({ where: { email: { equals: 'x', mode: 'insensitive' } } })
  await postgresql.visit.findMany({ where: { patient: { email: { in: ['x'], mode: 'insensitive' } } } })
  // @ts-expect-error: no index of the phone number ignores case
  await postgresql.login.findMany({ where: { phone: { equals: 'x', mode: 'insensitive' } } })
  // @ts-expect-error: there is no mode inside `not`
  await postgresql.patient.findMany({ where: { email: { not: { equals: 'x', mode: 'insensitive' } } } })
  // @ts-expect-error: SQLite's client has no mode
  await sqlite.patient.findMany({ where: { email: { equals: 'x', mode: 'insensitive' } } })
}

/** Lists, which PostgreSQL alone has. */
async function lists({ chart }: Postgresql) {
  await chart.findMany({ where: { allergies: { isEmpty: true }, scans: { equals: null } } })
  // @ts-expect-error: elements are sealed
  await chart.findMany({ where: { allergies: { has: 'x' } } })
  // @ts-expect-error: so is each document of a list
  await chart.findMany({ where: { events: { equals: [{}] } } })
}

/** An index column that a create need not have, although it is required. */
async function required({ pass }: Sqlite) {
  await pass.create({ data: { code: 'x' } })
  await pass.findUnique({ where: { code: 'x' } })
  await pass.upsert({ where: { code: 'x' }, create: { code: 'x' }, update: { code: 'y' } })
  // @ts-expect-error: the code is its only key
  await pass.findUnique({ where: { holder: 'x' } })
}

export { lists, modes, required }
