export { ambientTenant, enterTenant, runWithTenant } from './ambient.js'
export { strayTenant } from './call-context.js'
export { boundAlready, type TenantId, tenantText } from './tenant.js'
