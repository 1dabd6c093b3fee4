import type { TokenLeaf } from '../../../src/leaves/leaf.js'
import type { GlobalOmit } from '../../../src/prisma/internals.js'
import {
  compileModels,
  type IndexColumns,
  type Plain,
  planCall,
  type ReadPlan,
} from '../../../src/prisma/query/index.js'
import { clinicSchema, meanSchema } from './dmmf.js'
import { newContext } from './new-context.js'

export const clinic = compileModels(clinicSchema().map)
export const mean = compileModels(meanSchema().map)

export interface Planned {
  readonly args: Plain
  /** What is sealed: `Patient.email acme`, and the value that stands there. */
  readonly seals: readonly { readonly of: string; readonly value: unknown }[]
  readonly tokens: readonly TokenLeaf[]
  readonly plan: ReadPlan | undefined
}

export interface PlanOptions {
  readonly bound?: string
  readonly fallback?: string
  readonly globalOmit?: GlobalOmit
  readonly models?: typeof clinic
  readonly searchable?: boolean
  readonly filtersTenant?: boolean
  readonly indexColumns?: IndexColumns
}

/** Plans one call; the arguments are changed in place. */
export function plan(model: string, operation: string, args: Plain, options: PlanOptions = {}): Planned {
  const { models = clinic, ...rest } = options
  const { seals, tokens, read } = planCall(newContext(models, rest), models.get(model), operation, args)
  return {
    args,
    seals: seals.map(({ holder, key, field, tenant }) => ({
      of: `${field.model}.${field.field} ${tenant}`,
      value: Reflect.get(holder, key),
    })),
    tokens,
    plan: read,
  }
}

/** The code with which a call is refused, and where. */
export function refusal(model: string, operation: string, args: Plain, options: PlanOptions = {}): unknown {
  try {
    plan(model, operation, args, options)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.code
    throw error
  }
  return 'not refused'
}
