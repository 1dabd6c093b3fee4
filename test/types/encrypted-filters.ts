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
  // digits have no case
  await postgresql.login.findMany({ where: { phone: { equals: 'x', endsWith: '1120', mode: 'insensitive' } } })
  // @ts-expect-error: no index of the account's number ignores case
  await postgresql.account.findMany({ where: { iban: { equals: 'x', mode: 'insensitive' } } })
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

/** Indexes of a part: one for the beginning, one for the end. */
async function parts(postgresql: Postgresql, { login, patient }: Sqlite) {
  await login.findMany({ where: { email: { startsWith: 'ann', endsWith: '@x.io', not: 'x', in: ['y'] } } })
  await login.findMany({ where: { email: { not: { startsWith: 'ann', not: { endsWith: '@x.io' } } } } })
  await login.findMany({
    where: { AND: [{ email: null }, { email: 'x' }, { email: { not: null, startsWith: 'ann' } }] },
  })
  await postgresql.login.findMany({ where: { email: { startsWith: 'ann', mode: 'insensitive' } } })
  await postgresql.login.findMany({ where: { email: { in: ['x'], endsWith: '@x.io', mode: 'insensitive' } } })
  // @ts-expect-error: no index of it answers it
  await login.findMany({ where: { email: { contains: 'ann' } } })
  // @ts-expect-error: nor within not
  await login.findMany({ where: { email: { not: { gt: 'ann' } } } })
  // @ts-expect-error: it begins with a text, and not with NULL
  await login.findMany({ where: { email: { startsWith: null } } })
  // @ts-expect-error: this field has an index of whole values only
  await patient.findMany({ where: { email: { startsWith: 'ann' } } })
  // @ts-expect-error: this one has none
  await patient.findMany({ where: { ssn: { endsWith: '1120' } } })
  // @ts-expect-error: no index of the beginning of a phone number ignores case
  await postgresql.login.findMany({ where: { phone: { startsWith: 'ann', mode: 'insensitive' } } })
  // @ts-expect-error: a unique input has no operators on a unique field
  await login.findMany({ cursor: { email: { startsWith: 'ann' } } })
}

export { lists, modes, parts, required }
