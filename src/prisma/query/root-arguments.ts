import type { PlanContext } from './context.js'
import type { Model } from './models.js'
import { isAbsent, type Plain } from './prisma-values.js'
import { unknownOperation, unknownRootArgument } from './refusals.js'
import { checkSimple } from './shapes.js'

const SELECTION = ['select', 'include', 'omit']
const PAGE = ['where', 'orderBy', 'cursor', 'take', 'skip']
const AGGREGATES = ['_count', '_avg', '_sum', '_min', '_max']
const FIND_UNIQUE = ['where', ...SELECTION, 'relationLoadStrategy']
const FIND_MANY = [...PAGE, 'distinct', ...SELECTION, 'relationLoadStrategy']

/**
 * The arguments of each operation: https://www.prisma.io/docs/orm/reference/prisma-client-reference#model-queries. An
 * operation that is not here is one that this release does not know.
 */
export const ROOT_ARGUMENTS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    findUnique: FIND_UNIQUE,
    findUniqueOrThrow: FIND_UNIQUE,
    findFirst: FIND_MANY,
    findFirstOrThrow: FIND_MANY,
    findMany: FIND_MANY,
    create: ['data', ...SELECTION, 'relationLoadStrategy'],
    createMany: ['data', 'skipDuplicates'],
    createManyAndReturn: ['data', 'skipDuplicates', ...SELECTION],
    update: ['where', 'data', ...SELECTION, 'relationLoadStrategy'],
    updateMany: ['where', 'data', 'limit'],
    updateManyAndReturn: ['where', 'data', 'limit', ...SELECTION],
    upsert: ['where', 'create', 'update', ...SELECTION, 'relationLoadStrategy'],
    delete: FIND_UNIQUE,
    deleteMany: ['where', 'limit'],
    count: [...PAGE, 'select'],
    aggregate: [...PAGE, ...AGGREGATES],
    groupBy: ['where', 'orderBy', 'by', 'having', 'take', 'skip', ...AGGREGATES],
  }).map(([operation, names]) => [operation, new Set(names)]),
)

/** All of them: none can be passed on unread. */
export const PRISMA_ARGUMENTS: ReadonlySet<string> = new Set(
  [...ROOT_ARGUMENTS.values()].flatMap((names) => [...names]),
)

/**
 * Refuses arguments that the operation does not have, except for those that the option `passArguments` names: they are for
 * a later extension, and are passed on as they are.
 *
 * Throws `ENVELOPE_ARGUMENT_UNKNOWN`, and `ENVELOPE_VALUE_INVALID` for a value that is not of an argument's type.
 */
export function checkRoot({ passed }: PlanContext, model: Model, operation: string, args: Plain): void {
  const known = ROOT_ARGUMENTS.get(operation)
  if (known === undefined) throw unknownOperation(model.name, operation)
  for (const key of Object.keys(args)) {
    if (known.has(key) || passed.has(key) || isAbsent(args[key])) continue
    throw unknownRootArgument(model.name, operation, key)
  }
  checkSimple(model.name, args)
}
