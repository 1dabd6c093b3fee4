import type { IndexCheck } from '../../leaves/leaf.js'
import type { Plain } from './call.js'
import type { Model } from './models.js'
import { type ResultContext, tenantOfRow } from './result.js'

/** Collects the index columns that can be compared with their values, in one row or a list of them and below. */
export function collectIndexChecks(
  context: ResultContext,
  model: Model,
  result: unknown,
  checks: IndexCheck[],
  above?: string | undefined,
): void {
  if (!model.reaches || typeof result !== 'object' || result === null) return
  for (const row of (Array.isArray(result) ? result : [result]) as unknown[]) {
    // Rows come from Prisma as objects of columns and relations.
    if (typeof row === 'object' && row !== null) collectFromRow(context, model, row as Plain, checks, above)
  }
}

function collectFromRow(
  context: ResultContext,
  model: Model,
  row: Plain,
  checks: IndexCheck[],
  above: string | undefined,
): void {
  const tenant = tenantOfRow(context, model, row, above)
  for (const [source, indexes] of model.indexes) {
    if (row[source] === undefined) continue
    for (const index of indexes) {
      if (row[index.field] !== undefined) checks.push({ row, index, tenant })
    }
  }
  for (const [key, relation] of model.sensitive) {
    collectIndexChecks(context, context.models.get(relation.model), row[key], checks, tenant)
  }
}
