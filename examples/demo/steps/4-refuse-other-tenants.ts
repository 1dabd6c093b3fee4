import { ann } from '../customers.js'
import type { Step } from '../demo.js'
import { call, claim, refused } from '../terminal.js'

export const refuseOtherTenants: Step = {
  title: "One tenant is refused another's row",
  why:
    'Two locks. A client that is bound to a tenant adds the tenant to every filter, so that other rows are not there for ' +
    'it; and should one reach it by another way, its values do not open.',

  async run({ kms, prisma }) {
    const acme = prisma.$forTenant('acme')
    const foreign = await prisma.customer.findFirstOrThrow({ where: { tenantId: 'globex' }, select: { id: true } })
    const rowsBefore = await prisma.customer.count()

    call(`await acme.customer.findUnique({ where: { id: ${foreign.id} } })   // a row of globex`)
    claim((await acme.customer.findUnique({ where: foreign })) === null, 'null: for acme there is no such row.')
    call(`await acme.customer.deleteMany({ where: { id: ${foreign.id} } })`)
    claim((await acme.customer.deleteMany({ where: foreign })).count === 0, 'Nothing was deleted.')

    call('await acme.$encryption.openRows("Customer", await prisma.$queryRaw`SELECT * FROM Customer …`)')
    const raw = await prisma.$queryRaw<object[]>`SELECT * FROM Customer WHERE id = ${foreign.id}`
    await refused('ENVELOPE_TENANT_MISMATCH', () => acme.$encryption.openRows('Customer', raw))

    call("await acme.customer.create({ data: { tenantId: 'globex', … } })")
    await refused('ENVELOPE_TENANT_CONFLICT', () => acme.customer.create({ data: { ...ann, tenantId: 'globex' } }))

    call("await prisma.$forTenant('umbrella').customer.create({ data })   // unknown tenant")
    await refused('ENVELOPE_TENANT_UNKNOWN', () => prisma.$forTenant('umbrella').customer.create({ data: ann }))

    call('await prisma.customer.create({ data })   // no tenant is set')
    await refused('ENVELOPE_TENANT_REQUIRED', () => prisma.customer.create({ data: ann }))

    claim((await prisma.customer.count()) === rowsBefore, 'Nothing was written.')
    claim(kms.calls.count() === 0, 'KMS was not asked.')
  },
}
