import { putAt, type SealLeaf, valueAt } from '../leaves/index.js'
import { type Instances, instancesIn, withInstances } from './json-instances.js'
import {
  guardFluent,
  type Model,
  type Plain,
  type Plan,
  type PlanCache,
  type PlanContext,
  planCall,
  refusePrototype,
} from './query/index.js'
import { keepSkips } from './skips.js'

/** The arguments of a call as Prisma hands them to an extension. */
export interface PlannedCall {
  readonly model: Model
  readonly operation: string
  /** Prisma's copy, which is planned in place. */
  readonly args: Plain
  /** What it is a copy of, where Prisma shows it. */
  readonly original: unknown
  /** The steps of a fluent call. */
  readonly dataPath: readonly string[]
}

/** Plans a call on Prisma's copy of its arguments, with what was lost in the copy put back. */
export function planIntercepted(context: PlanContext, call: PlannedCall, plans: PlanCache | undefined): Plan {
  const { model, operation, args, original, dataPath } = call
  refusePrototype(model.name, args, original)
  const cache = dataPath.length === 0 ? plans : undefined
  let known = cache?.find(context, model, operation, args)
  if (known === undefined || known.pattern.maySkip) {
    keepSkips(args, original)
    known = cache?.find(context, model, operation, args) ?? cache?.learn(context, model, operation, args)
  }
  // Before planning, which may put parts of the arguments elsewhere.
  const writes = known?.pattern.documents ?? (Object.hasOwn(args, 'data') || Object.hasOwn(args, 'create'))
  const instances = writes ? instancesIn(args, original) : undefined
  const plan = known?.plan() ?? planCall(context, model, operation, args)
  if (instances !== undefined) {
    restoreInstances(plan.seals, instances)
    for (const late of plan.lates) restoreInstances(late.seals, instances)
  }
  if (plan.read !== undefined) guardFluent(context, { model, plan: plan.read }, args, dataPath)
  return plan
}

/** JSON documents in the arguments are Prisma's copies; what can be sealed as Prisma would store it is the original. */
function restoreInstances(seals: readonly SealLeaf[], instances: Instances): void {
  if (instances.size === 0) return
  for (const { holder, key, field } of seals) {
    if (field.type.structured) putAt(holder, key, withInstances(valueAt(holder, key), instances))
  }
}
