import { EnvelopeError, EnvelopeJobError, EnvelopeQueryError } from '../../errors.js'
import { ChangedMeanwhile, OfAnotherTenant, RowMissing, Taken, TooLong, TooManyRows } from '../../operations/index.js'
import { moveFailure } from '../../prisma/move-failures.js'
import { counted } from '../../quoting/counted.js'
import { quoted } from '../../quoting/quote.js'
import { answered } from '../census/answered.js'
import { VERB } from './options.js'
import type { MoveReport } from './report.js'

/** How a row is named in messages. */
export type Namer = (model: string, key: readonly string[]) => string

/** Rows that a message names. */
const NAMED = 5

export function refused(what: string, remedy: string, model?: string): EnvelopeJobError {
  return new EnvelopeJobError(
    'ENVELOPE_MOVE_REFUSED',
    `${VERB}: ${what}. Nothing was moved. ${remedy}.`,
    model === undefined ? {} : { model },
  )
}

/** Throws `ENVELOPE_MOVE_REFUSED` or `ENVELOPE_NOT_UNIQUE` if anything is in the way. */
export function refuseReport({ unreadable, links, taken: uniques }: MoveReport, checksLinks: boolean): void {
  if (unreadable.length > 0) {
    const named = unreadable
      .slice(0, NAMED)
      .map(
        ({ model, key, field, reason }) =>
          `${model} ${keyText(key)}${field === undefined ? '' : `.${field}`} ${reason}`,
      )
    throw refused(
      `${counted(unreadable.length, 'value')} cannot be read (${list(named, unreadable.length)})`,
      'A dry run names them all. What each reason means, and what to do, is in docs/errors.md',
    )
  }
  if (uniques.length > 0) {
    const named = uniques
      .slice(0, NAMED)
      .map(({ model, key, fields }) => `${model} ${keyText(key)} by ${fields.join(', ')}`)
    throw taken(` (${list(named, uniques.length)})`)
  }
  const inTheWay = links.filter(({ containsTenant }) => checksLinks || containsTenant)
  if (inTheWay.length === 0) return
  const named = inTheWay.slice(0, NAMED).map(({ model, key, field }) => `${model} ${keyText(key)} by ${field}`)
  throw refused(
    `${counted(inTheWay.length, 'row')} would be linked to another tenant's (${list(named, inTheWay.length)})`,
    'A dry run names them all. Unlink them first; or let rows with a tenant column of their own move as well (`with`)',
  )
}

function keyText(key: Readonly<Record<string, string>>): string {
  return Object.entries(key)
    .map(([field, value]) => `${field} ${quoted(value)}`)
    .join(', ')
}

function list(named: readonly string[], all: number): string {
  return [...named, ...(all > named.length ? ['…'] : [])].join('; ')
}

/** Runs a part of a move. What it ends with instead is one of our errors, without the database's own, which may quote values. */
export async function moving<T>(name: Namer, maxRows: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof EnvelopeError) throw error
    if (error instanceof TooManyRows)
      throw refused(
        `more than ${counted(maxRows, 'row')} would move`,
        'Move fewer rows in one call; or set `maxRows` higher, if they fit into memory and may be locked at once',
      )
    if (error instanceof TooLong)
      throw refused('their values have more than 128 million characters', 'Move fewer rows in one call')
    if (error instanceof RowMissing) throw missing(name, error)
    if (error instanceof OfAnotherTenant) throw elsewhere(name, error)
    if (error instanceof ChangedMeanwhile) throw conflict('rows were changed meanwhile')
    if (error instanceof Taken) throw taken()
    switch (moveFailure(error)) {
      case 'taken':
        throw taken()
      case 'foreign key':
        throw refused(
          'a foreign key of the database does not allow it',
          'The row that it refers to has to be there for the new tenant; and a foreign key that contains the tenant column needs `onUpdate: Cascade`',
        )
      case 'again':
        throw conflict('the database ended the transaction (a deadlock, a lock or a time limit)')
      case undefined:
        return answered(VERB, () => Promise.reject(error))
    }
  }
}

function missing(name: Namer, { model, key }: RowMissing): EnvelopeJobError {
  if (key === undefined) return refused(`there is no ${model} for the tenant`, 'Create the tenant first', model)
  return refused(`there is no ${name(model, key)}`, 'Correct the id', model)
}

function elsewhere(name: Namer, { model, key, tenant }: OfAnotherTenant): EnvelopeJobError {
  const whose = tenant === undefined ? 'to no tenant that is known' : `to the tenant ${quoted(tenant)}`
  return refused(
    `${name(model, key)} belongs ${whose}`,
    'The rows of one move have one tenant, and their new parent belongs to the tenant that they are moved to',
    model,
  )
}

function conflict(what: string): EnvelopeJobError {
  return new EnvelopeJobError(
    'ENVELOPE_MOVE_CONFLICT',
    `${VERB}: ${what}. Nothing was moved. Call it again; \`transactionTimeout\` is how long the transaction may take.`,
  )
}

function taken(which = ''): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_NOT_UNIQUE',
    `${VERB}: another row of the tenant has a value of these rows that is unique${which}. Nothing was moved. Change or delete one of the two.`,
  )
}
