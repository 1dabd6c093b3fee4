import type { Step } from '../demo.js'
import { aliasOf, INDEX_ALIAS, TENANTS, tenants } from '../tenants.js'
import { call, claim, table } from '../terminal.js'

export const createCmks: Step = {
  title: 'Each company gets a key of its own',
  why:
    'A customer master key (CMK) lives in KMS and never leaves it. One per tenant means that one tenant can be cut off, ' +
    'or can bring a key from its own AWS account, without touching the others.',

  async run({ kms }) {
    call("kms.createKey({ alias: 'alias/demo/acme' })")
    const rows = [['tenant', 'company', 'alias', 'CMK']]
    for (const tenant of tenants) {
      const { arn } = await kms.createKey({ alias: aliasOf(tenant), description: TENANTS[tenant] })
      rows.push([tenant, TENANTS[tenant], aliasOf(tenant), arn.slice(arn.indexOf('key/'))])
    }
    table(rows)
    await kms.createKey({ alias: INDEX_ALIAS, spec: 'HMAC_256', description: 'search indexes' })
    claim(
      kms.calls.count('CreateKey') === tenants.length + 1,
      `${tenants.length} CMKs, and one HMAC key for searching; in production you make them once, with your infrastructure tools.`,
    )
  },
}
