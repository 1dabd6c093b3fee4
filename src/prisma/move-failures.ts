import { isTaken } from './swept-tables.js'

/** What databases call the violation of a foreign key: PostgreSQL, MySQL, SQLite. */
const FOREIGN_KEY = /\b(?:23503|1451|1452|FOREIGN KEY constraint failed)\b|ForeignKeyConstraintViolation/

/** A conflict with another transaction, a deadlock, a lock that was waited for too long. */
const AGAIN =
  /\b(?:40001|40P01|55P03|57014|1020|1205|1213|SQLITE_BUSY|SQLITE_LOCKED)\b|database (?:table )?is locked|TransactionWriteConflict|SocketTimeout/

/** Prisma's codes for such a conflict, for a time limit of the transaction, and for one that did not begin in time. */
const AGAIN_CODES: ReadonlySet<unknown> = new Set(['P2034', 'P2028', 'P1008'])

/** Why the database did not carry out a transaction; nothing where it is none of these. */
export function moveFailure(error: unknown): 'taken' | 'foreign key' | 'again' | undefined {
  if (isTaken(error)) return 'taken'
  const { code, message, meta } = (error ?? {}) as { code?: unknown; message?: unknown; meta?: { code?: unknown } }
  const says = (words: RegExp): boolean => words.test(`${meta?.code}`) || (code === 'P2010' && words.test(`${message}`))
  if (code === 'P2003' || says(FOREIGN_KEY)) return 'foreign key'
  return AGAIN_CODES.has(code) || says(AGAIN) ? 'again' : undefined
}
