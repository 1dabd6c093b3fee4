export { foreignTwin } from './absences.js'
export { asAsked, stripAdded } from './added-in-rows.js'
export { PlanCache } from './by-shape/plan-cache.js'
export { addCondition, meetNothing, uniqueValues } from './conditions.js'
export type { ComputedNeeds, IndexColumns, PlanContext, ResultContext, TenantContext } from './context.js'
export { refuseSealedGroups } from './database-views.js'
export { followFluent, guardFluent, type Read } from './fluent.js'
export { type HiddenParent, hiddenParents } from './hidden-parents.js'
export { indexOf, namedIndex } from './index-choice.js'
export { searchLeaf } from './index-tokens.js'
export { keysAtATime } from './keys-at-a-time.js'
export { LateTenant, type RowLookup } from './late-tenant.js'
export { valueTaken } from './legacy-refusals.js'
export { compileModels, type Model, type Models } from './models.js'
export { copyOfArguments, objectOr, ownValue, refusePrototype } from './own.js'
export {
  checkOwner,
  holdsTenant,
  ownerFilter,
  type ParentFinder,
  selectionOf,
  tenantColumnOf,
  tenantInRow,
  tenantSelection,
} from './ownership.js'
export { asFilter, twinFilter, twinGroups } from './plaintext-twins.js'
export type {
  AbsenceLookup,
  CreatedRow,
  CursorLookup,
  ForeignKeyLookup,
  PerhapsCreated,
  Plan,
  ReadPlan,
  TwinLookup,
} from './plan.js'
export { planCall, planUnique } from './plan-call.js'
export { isPlainObject, type Plain } from './prisma-values.js'
export {
  foreignRow,
  keyTableRefused,
  linkedElsewhere,
  tenantChanged,
  tenantConflict,
  tenantRequired,
  unknownArgument,
  wrongShape,
} from './refusals.js'
export { ownRows, type ResultWalk } from './result.js'
export { addLeaves } from './result-rows.js'
export { PRISMA_ARGUMENTS } from './root-arguments.js'
export { findRow, keyOf } from './row-place.js'
export { lowerFirst } from './selection.js'
export { canonicalTenant, columnValue, tenantOfColumn } from './tenant-values.js'
