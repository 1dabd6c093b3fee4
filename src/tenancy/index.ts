export { ambientTenant, enterTenant, runWithTenant } from './ambient.js'
export { boundView } from './bound-view.js'
export { tenantText, type TenantId } from './tenant.js'
