import { ann } from '../customers.js'
import { end, type Step } from '../demo.js'
import { call, claim, print, say } from '../terminal.js'

export const findByEmail: Step = {
  title: 'Customers are found by their e-mail address, which the database cannot read',
  why:
    'A blind index beside the ciphertext: the first 16 bytes of an HMAC of the address, under a key that KMS derives for ' +
    'each tenant. Equal addresses of one tenant have equal tokens; nothing else can be learnt from them without KMS.',

  async run({ kms, prisma, newProcess }) {
    const acme = prisma.$forTenant('acme')
    const someone = await acme.customer.findFirstOrThrow({ orderBy: { id: 'asc' } })
    const spelling = `  ${someone.email.toUpperCase()} `

    call(`await acme.customer.findFirst({ where: { email: '${spelling}' } })`)
    const found = await acme.customer.findFirst({ where: { email: spelling } })
    claim(found?.id === someone.id, `Found: ${found?.name}. The index is of the trimmed, lower-case address.`)
    call(`await globex.customer.findFirst({ where: { email: '${someone.email}' } })`)
    const elsewhere = await prisma.$forTenant('globex').customer.findFirst({ where: { email: someone.email } })
    claim(elsewhere === null, "null: another tenant's tokens are others.")

    print()
    say(
      'To log in, an address has to be found before the tenant is known. A second index, with scope: global, serves that:',
    )
    call(`await prisma.customer.findMany({ where: { email: '${someone.email}' } })   // a client that is not bound`)
    const fresh = newProcess()
    const candidates = await fresh.customer.findMany({ where: { email: someone.email } })
    claim(
      candidates.length === 1 && candidates[0]?.tenantId === 'acme',
      'Found: a customer of acme. Now the tenant is known.',
    )
    await end(fresh)

    print()
    say('The index column is @unique, per tenant:')
    call(`await acme.customer.create({ data: { email: '${someone.email}', … } })`)
    const twice = { ...ann, email: someone.email }
    const refusal: unknown = await acme.customer.create({ data: twice }).catch((error: unknown) => error)
    claim(
      refusal instanceof Error && Reflect.get(refusal, 'code') === 'P2002',
      "Refused: P2002, Prisma's own error for a unique column.",
    )
    call(`await globex.customer.create({ data: { email: '${someone.email}', … } })`)
    const { id } = await prisma.$forTenant('globex').customer.create({ data: twice })
    claim(id > 0, 'Allowed: each company keeps its own customers.')
    await prisma.$forTenant('globex').customer.delete({ where: { id } })
    claim(
      kms.calls.count() === 4,
      '4 calls to KMS: two of the process that had just started, and two for globex, whose keys were dropped in step 6.',
    )
  },
}
