import { expect, it } from 'vitest'
import { moveFailure } from '../../src/prisma/move-failures.js'

it.each([
  [{ code: 'P2002' }, 'taken'],
  [{ code: 'P2010', meta: { code: '23505' } }, 'taken'],
  [{ code: 'P2010', message: 'Raw query failed. Code: `1062`.' }, 'taken'],
  [{ code: 'P2003' }, 'foreign key'],
  [{ code: 'P2010', meta: { code: '23503' } }, 'foreign key'],
  [{ code: 'P2010', message: 'Code: `787`. Message: `FOREIGN KEY constraint failed`' }, 'foreign key'],
  [{ code: 'P2034' }, 'again'],
  [{ code: 'P2028' }, 'again'],
  [{ code: 'P2010', meta: { code: '40P01' } }, 'again'],
  [{ code: 'P2010', message: 'Code: `1213`. Message: `Deadlock found`' }, 'again'],
  [{ code: 'P2010', message: 'Code: `5`. Message: `database is locked`' }, 'again'],
  [{ code: 'P2010', meta: { code: '42P01' } }, undefined],
  // Of no database.
  [new Error('1213 database is locked FOREIGN KEY constraint failed'), undefined],
  [undefined, undefined],
])('%o is %s', (error, what) => {
  expect(moveFailure(error)).toBe(what)
})
