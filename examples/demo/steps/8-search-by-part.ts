import type { Step } from '../demo.js'
import { call, claim, print, say, table } from '../terminal.js'

export const searchByPart: Step = {
  title: 'Customers are found by a part of a value, and by what somebody types',
  why:
    'An index of a part holds a token of the domain of an address, or of the last four digits of a number, and answers ' +
    'endsWith in SQL. What no index can answer safely, $encryption.search does in the application: it reads the rows of ' +
    'one tenant, opens the fields that are named, and compares them.',

  async run({ kms, prisma }) {
    const acme = prisma.$forTenant('acme')
    const all = await acme.customer.findMany()

    call("await acme.customer.count({ where: { email: { endsWith: '@example.org' } } })")
    const atDomain = await acme.customer.count({ where: { email: { endsWith: '@example.org' } } })
    claim(
      atDomain > 0 && atDomain === all.filter(({ email }) => email.endsWith('@example.org')).length,
      `${atDomain} of ${all.length}: the same as if the database could read.`,
    )

    const someone = all.find(({ phone }) => phone !== null && digitsOf(phone).length >= 4)
    const digits = digitsOf(someone?.phone ?? '').slice(-4)
    call(`await acme.customer.findMany({ where: { phone: { endsWith: '${digits}' } } })`)
    const byDigits = await acme.customer.findMany({ where: { phone: { endsWith: digits } } })
    claim(
      byDigits.some(({ id }) => id === someone?.id) &&
        byDigits.every(({ phone }) => digitsOf(phone ?? '').endsWith(digits)),
      `Found: ${byDigits.map(({ name, phone }) => `${name}, ${phone}`).join('; ')}.`,
    )

    print()
    say('An admin types into a search box, and wants a sorted list, page by page:')
    const q = 'an'
    call("await acme.$encryption.search('Customer', {")
    call(`  match: { OR: [{ name: { contains: '${q}' } }, { email: { contains: '${q}' } }] }, mode: 'insensitive',`)
    call("  orderBy: { name: 'asc' }, locale: 'en', take: 5, select: { name: true, email: true, plan: true },")
    call('})')
    const { rows, cursor } = await acme.$encryption.search('Customer', {
      match: { OR: [{ name: { contains: q } }, { email: { contains: q } }] },
      mode: 'insensitive',
      orderBy: { name: 'asc' },
      locale: 'en',
      take: 5,
      select: { name: true, email: true, plan: true },
    })
    table([['name', 'email', 'plan'], ...rows.map(({ name, email, plan }) => [name, email, plan])])
    const matching = all
      .filter(({ name, email }) => `${name}\n${email}`.toLowerCase().includes(q))
      .map(({ name }) => name)
      .sort(new Intl.Collator('en').compare)
    claim(
      cursor !== undefined && rows.map(({ name }) => name).join() === matching.slice(0, 5).join(),
      `The first 5 of ${matching.length}, in order; the cursor leads to the next page.`,
    )
    claim(
      kms.calls.count() === 0,
      'No call to KMS: the keys are in memory. The database learnt nothing that it did not know.',
    )
  },
}

function digitsOf(phone: string): string {
  return phone.replace(/\D/g, '')
}
