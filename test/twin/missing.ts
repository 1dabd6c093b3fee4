import { EnvelopeError } from '../../src/errors.js'
import type { TestDatabase } from '../support/databases/contract.js'
import { Difference, errorName, type Outcome } from './compare.js'
import type { Model, Models } from './models.js'
import type { Operation } from './operations.js'
import { quoted } from './quoted.js'
import { isTree, type Node, Split } from './split.js'

/**
 * A row that belongs to another one is sealed for that one's tenant, which is looked up. Where there is none, the call is
 * refused, while plain Prisma leaves that to the database: which does not object if the row is not written after all, as
 * the `create` of an upsert.
 */
const CODES = new Set(['ENVELOPE_TENANT_REQUIRED', 'ENVELOPE_TENANT_CONFLICT', 'ENVELOPE_TENANT_CHANGED'])

export function missesParent(outcome: Outcome): boolean {
  return 'error' in outcome && outcome.error instanceof EnvelopeError && CODES.has(outcome.error.code)
}

/** Whether the foreign key of an owner relation refers to nothing in a plain twin. */
export async function refersToNothing(
  models: Models,
  database: TestDatabase,
  operations: readonly Operation[],
): Promise<boolean> {
  const steps = new Map<string, Model>()
  for (const { step, parent } of models.list) if (step !== undefined && parent) steps.set(step.from[0] ?? '', parent)
  for (const [field, id] of operations.flatMap(({ args }) => keysIn(args, steps))) {
    const parent = steps.get(field)
    if (parent !== undefined && !(await exists(database, parent, id))) return true
  }
  return false
}

function keysIn(node: Node, steps: ReadonlyMap<string, Model>): [field: string, id: string][] {
  if (Array.isArray(node)) return node.flatMap((item) => keysIn(item, steps))
  if (node instanceof Split) return keysIn(node.encrypted, steps)
  if (!isTree(node)) return []
  return Object.entries(node).flatMap(([key, value]) =>
    steps.has(key) && typeof value === 'string' ? [[key, value] as [string, string]] : keysIn(value, steps),
  )
}

/** Throws unless the database refused what was refused for want of a parent. */
export function checkMissing({ model, name }: Operation, ours: Outcome, theirs: Outcome): void {
  if ('error' in theirs && / P2\d{3}$/.test(errorName(theirs.error))) return
  throw new Difference(`${model}.${name} was refused unexpectedly`, { cause: { ours, theirs } })
}

/** Whether all of these rows are there. */
export async function areThere(
  models: Models,
  database: TestDatabase,
  needed: readonly { readonly model: string; readonly id: string | number }[],
): Promise<boolean> {
  for (const { model, id } of needed) if (!(await exists(database, models.get(model), id))) return false
  return true
}

async function exists(database: TestDatabase, { table, key }: Model, id: string | number): Promise<boolean> {
  const sql = `SELECT 1 FROM ${quoted(database, table)} WHERE ${quoted(database, key[0] ?? '')} = ?`
  return (await database.query(sql, [id])).length > 0
}
