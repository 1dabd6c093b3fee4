import { expect, test } from 'vitest'
import { ROOT_ARGUMENTS } from '../../../src/prisma/query/root-arguments.js'
import { clinicSchema, OPERATIONS, type Operation } from './dmmf.js'

const schema = clinicSchema()
// What the client adds to the arguments that the DMMF has.
const SELECTION = ['select', 'include', 'omit']
const AGGREGATES = ['_count', '_avg', '_sum', '_min', '_max']

function added(operation: Operation): string[] {
  if (operation === 'count') return ['select']
  if (operation === 'aggregate' || operation === 'groupBy') return AGGREGATES
  if (['createMany', 'updateMany', 'deleteMany'].includes(operation)) return []
  return operation.endsWith('AndReturn') ? SELECTION : [...SELECTION, 'relationLoadStrategy']
}

test.each(Object.keys(OPERATIONS) as Operation[])(
  '%s takes the arguments that Prisma itself has for it',
  (operation) => {
    const wanted = new Set([
      ...(schema.root('Patient', operation)?.args ?? []).map(({ name }) => name),
      ...added(operation),
    ])
    // SQLite has no `skipDuplicates`.
    if (operation.startsWith('createMany')) wanted.add('skipDuplicates')
    expect([...(ROOT_ARGUMENTS.get(operation) ?? [])].sort()).toEqual([...wanted].sort())
  },
)
