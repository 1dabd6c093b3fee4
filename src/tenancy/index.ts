export { ambientTenant, enterTenant, runWithTenant } from './ambient.js'
export { boundView } from './bound-view.js'
export { type TenantId, tenantText } from './tenant.js'
