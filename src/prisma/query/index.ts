export type {
  AbsenceCheck,
  Call,
  ComputedNeeds,
  CreatedRow,
  GlobalOmit,
  IndexColumns,
  LinkCheck,
  Plain,
  TenantContext,
} from './call.js'
export { refuseSealedGroups } from './database-views.js'
export { followFluent, guardFluent } from './fluent.js'
export { collectIndexChecks } from './index-checks.js'
export { indexOf, namedIndex, searchLeaf } from './index-tokens.js'
export { compileModels, type Model, type Models } from './models.js'
export { foreignTwin } from './note-absent.js'
export { ownValue, refusePrototype } from './own.js'
export { asAsked, ownRows, type ResultWalk, stripAdded } from './own-rows.js'
export { planCall } from './plan.js'
export { isAbsent } from './prisma-values.js'
export type { ReadPlan } from './read.js'
export { foreignRow, linkedElsewhere, tenantConflict, tenantRequired } from './refusals.js'
export { addLeaves, type ResultContext } from './result.js'
export { PRISMA_ARGUMENTS } from './root-arguments.js'
export { findRow, keyOf } from './row-place.js'
export { canonicalTenant, checkSpelling, tenantOfColumn } from './row-tenant.js'
