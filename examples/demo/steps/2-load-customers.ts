import { readCustomers } from '../customers.js'
import type { Step } from '../demo.js'
import { TENANTS } from '../tenants.js'
import { call, claim, table } from '../terminal.js'

const BATCH = 60

export const loadCustomers: Step = {
  title: 'Customers are written, and encrypted on the way',
  why:
    'KMS returns a data key, in plaintext and wrapped under the CMK. Values are encrypted here with the plaintext key; the ' +
    'wrapped one is stored beside each value. So KMS is called once per data key, not once per value or row.',

  async run({ kms, prisma }) {
    call("const acme = prisma.$forTenant('acme')")
    call('await acme.customer.createMany({ data: customers })')
    const rows = [['tenant', 'company', 'rows', 'GenerateDataKey']]
    let total = 0
    for (const [tenant, customers] of readCustomers()) {
      const client = prisma.$forTenant(tenant)
      const before = kms.calls.count('GenerateDataKey')
      for (let from = 0; from < customers.length; from += BATCH) {
        await client.customer.createMany({ data: customers.slice(from, from + BATCH) })
      }
      const calls = kms.calls.count('GenerateDataKey') - before
      rows.push([tenant, TENANTS[tenant], String(customers.length), String(calls)])
      total += customers.length
    }
    table(rows)
    claim((await prisma.customer.count()) === total, `${total} rows are stored.`)
    const { sealed } = prisma.$encryption.stats()
    claim(
      kms.calls.count('GenerateDataKey') === 3,
      `${sealed.toLocaleString('en-US')} values were sealed, for 3 data keys: one per tenant.`,
    )
    claim(
      kms.calls.count('GenerateMac') === 4,
      'The index of each e-mail address was computed with 4 more calls: one key per tenant, and one for all.',
    )
  },
}
