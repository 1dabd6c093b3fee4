import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import type { Prisma } from './generated/prisma/client.js'
import { isTenant, type Tenant } from './tenants.js'

/** Somebody whom the steps try to write. */
export const ann = {
  country: 'US',
  plan: 'starter',
  name: 'Ann Lee',
  email: 'ann@example.com',
  birthday: '1990-01-31',
  address: '1 Main Street',
}

/** The customers in `customers.csv`, by tenant. All of them are made up: see `generate-customers.mjs`. */
export function readCustomers(): Map<Tenant, Prisma.CustomerCreateManyInput[]> {
  const records: Record<string, string>[] = parse(readFileSync(new URL('customers.csv', import.meta.url)), {
    columns: true,
  })
  const customers = new Map<Tenant, Prisma.CustomerCreateManyInput[]>()
  for (const record of records) {
    const { tenant = '', country = '', plan = '', name = '', email = '', birthday = '', address = '' } = record
    if (!isTenant(tenant)) throw new Error(`customers.csv names an unknown tenant: ${tenant}`)
    const customer = {
      country,
      plan,
      name,
      email,
      birthday,
      address,
      // An empty cell is a missing value.
      phone: record.phone || null,
      nationalId: record.nationalId || null,
      ...(record.notes && { notes: JSON.parse(record.notes) as Prisma.InputJsonValue }),
    }
    const others = customers.get(tenant)
    if (others === undefined) customers.set(tenant, [customer])
    else others.push(customer)
  }
  return customers
}
