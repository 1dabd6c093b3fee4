import { isDeepStrictEqual } from 'node:util'
import { isTime } from './args/where.js'
import type { Model, Models } from './models.js'
import type { Operation } from './operations.js'
import { isTree, type Tree } from './split.js'

/** How a call ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** Twins did not do the same. */
export class Difference extends Error {
  /** In which step, from 0; or after all of them. */
  step?: number
}

const COUNTS = new Set(['count', 'aggregate', 'groupBy', 'createMany', 'updateMany', 'deleteMany'])

/** What an operation gave, in a form in which equal results are equal. */
export function comparable(models: Models, operation: Operation, outcome: Outcome): unknown {
  if ('error' in outcome) return { error: errorName(outcome.error) }
  const model = models.get(operation.model)
  if (COUNTS.has(operation.name)) return { value: plainly(outcome.value) }
  if (operation.fluent === undefined) return { value: rows(models, model, outcome.value, operation.args) }
  const { relation, args } = operation.fluent
  const target = models.get(model.relations.find(({ name }) => name === relation)?.model ?? '')
  return { value: rows(models, target, outcome.value, args) }
}

/** Errors are the same when their class and Prisma's code are: messages differ in the values that they show. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' ? `${error.name} ${code}` : error.name
}

export function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one, other)
}

/** Rows of a model; a list that nothing orders is put in order. */
function rows(models: Models, model: Model, value: unknown, args: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value.map((one) => row(models, model, one, args))
    return isTree(args) && args.orderBy !== undefined ? list : inOrder(list)
  }
  return row(models, model, value, args)
}

function row(models: Models, model: Model, value: unknown, args: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const result: Tree = {}
  for (const [key, content] of Object.entries(value)) {
    const relation = model.relations.find(({ name }) => name === key)
    const field = model.scalars.find(({ name }) => name === key)
    if (relation !== undefined) result[key] = rows(models, models.get(relation.model), content, selectionOf(args, key))
    else if (field?.isIndex === true) result[key] = content === null ? null : 'a token'
    else if (field === undefined || !isTime(field)) result[key] = plainly(content)
  }
  return result
}

function selectionOf(args: unknown, key: string): unknown {
  if (!isTree(args)) return undefined
  const selection = args.select ?? args.include
  return isTree(selection) ? selection[key] : undefined
}

/** Plain data without prototypes: clients of two twins have classes of their own. */
export function plainly(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`
  if (value instanceof Date) return `date ${value.toISOString()}`
  if (typeof value === 'bigint') return `bigint ${value}`
  if (Array.isArray(value)) return value.map(plainly)
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, content]) => [key, plainly(content)]))
}

export function inOrder<T>(list: readonly T[]): T[] {
  return list
    .map((one) => ({ one, text: JSON.stringify(plainly(one)) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ one }) => one)
}
