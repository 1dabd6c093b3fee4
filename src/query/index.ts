export type {
  AbsenceCheck,
  Call,
  ComputedNeeds,
  CreatedRow,
  GlobalOmit,
  IndexColumns,
  LinkCheck,
  Plain,
  SealLeaf,
  TenantContext,
  TokenLeaf,
} from './call.js'
export { followFluent, guardFluent } from './fluent.js'
export { type Holder, putAt, valueAt } from './holder.js'
export { collectIndexChecks, type IndexCheck } from './index-checks.js'
export { indexOf, namedIndex, searchLeaf, tokenLeaf } from './index-tokens.js'
export { compileModels, type EncryptedField, type IndexField, type Model, type Models } from './models.js'
export { foreignTwin } from './note-absent.js'
export { ownValue, refusePrototype } from './own.js'
export { asAsked, ownRows, type ResultWalk, stripAdded } from './own-rows.js'
export { planCall } from './plan.js'
export { isAbsent } from './prisma-values.js'
export type { ReadPlan } from './read.js'
export { foreignRow, linkedElsewhere, tenantConflict, tenantRequired } from './refusals.js'
export { addLeaves, type OpenLeaf, type ResultContext } from './result.js'
export { PRISMA_ARGUMENTS } from './root-arguments.js'
export { findRow, keyOf, type RowFinder, type RowPlace } from './row-place.js'
export { canonicalTenant, checkSpelling, tenantOfColumn } from './tenant.js'
export { refuseSealedGroups } from './views.js'
