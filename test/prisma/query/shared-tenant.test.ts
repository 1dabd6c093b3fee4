import { describe, expect, test } from 'vitest'
import { EnvelopeTenantError } from '../../../src/errors.js'
import { canonicalTenant, compileModels, planCall } from '../../../src/prisma/query/index.js'
import { compilePsl } from '../../schema/compile-psl.js'
import { newContext } from './new-context.js'

/** Tenants that are numbers or UUIDs, beside the shared one, which is a word. */
const schema = (type: string): string => `
model Org {
  id      ${type}   @id /// @encrypted.tenant
  links   Link[]
  members Member[]
  teams   Team[]
}

model Link {
  id     Int     @id
  secret String /// @encrypted
  orgId  ${type}? /// @encrypted.tenant
  org    Org?    @relation(fields: [orgId], references: [id], onDelete: Cascade)

  @@index([orgId])
}

model Member {
  id    Int    @id
  name  String /// @encrypted
  orgId ${type} /// @encrypted.tenant
  org   Org    @relation(fields: [orgId], references: [id], onDelete: Cascade)

  @@index([orgId])
}

model Team {
  id    Int    @id
  orgId ${type}
  org   Org    @relation(fields: [orgId], references: [id], onDelete: Cascade) /// @encrypted.tenant
  tasks Task[]

  @@index([orgId])
}

model Task {
  id     Int    @id
  text   String /// @encrypted
  teamId Int
  team   Team   @relation(fields: [teamId], references: [id], onDelete: Cascade) /// @encrypted.tenant

  @@index([teamId])
}

/// @encrypted.shared
model User {
  id   Int    @id
  name String /// @encrypted
}`

const UUID = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'

describe.each([
  ['Int', '7', 7, ['07', '-0', 'acme', '1.5', '3000000000']],
  ['BigInt', '3000000000', 3_000_000_000n, ['007', 'acme', ' 7']],
  ['String @db.Uuid', UUID.toUpperCase(), UUID, []],
] as const)('tenants of type %s', async (type, given, value, wrong) => {
  const { map } = await compilePsl(schema(type).replaceAll('String @db.Uuid?', 'String? @db.Uuid'), {
    sharedTenant: 'main',
    provider: 'postgresql',
  })
  const models = compileModels(map)
  const whereOf = (model: string, tenant: string, operation = 'findMany'): unknown => {
    const args = {}
    const bound = canonicalTenant(models, tenant)
    planCall(newContext(models, { bound, filtersTenant: true }), models.get(model), operation, args)
    return Reflect.get(args, 'where')
  }
  const refused = (work: () => unknown): string => {
    try {
      work()
    } catch (error) {
      if (error instanceof EnvelopeTenantError) return error.code
    }
    return 'not refused'
  }

  test('are filtered by in the type of the column, and the shared one by NULL', () => {
    expect(whereOf('Link', given)).toEqual({ orgId: value })
    expect(whereOf('Task', given)).toEqual({ team: { is: { orgId: value } } })
    expect(whereOf('Link', 'main')).toEqual({ orgId: null })
    expect(whereOf('User', 'main')).toBeUndefined()
    expect(whereOf('User', given)).toBeUndefined()
  })

  test('the shared one has no rows of a model whose column is required', () => {
    for (const model of ['Member', 'Team', 'Task', 'Org'])
      expect(refused(() => whereOf(model, 'main'))).toBe('ENVELOPE_TENANT_INVALID')
  })

  test('any other word is refused', () => {
    for (const tenant of wrong) expect(refused(() => whereOf('Link', tenant))).toBe('ENVELOPE_TENANT_INVALID')
  })

  test('are filled in, and the shared one as NULL', () => {
    const create = (tenant: string) => {
      const args = { data: { id: 1, secret: 's' } }
      const context = newContext(models, { bound: canonicalTenant(models, tenant), filtersTenant: true })
      const plan = planCall(context, models.get('Link'), 'create', args)
      return { orgId: Reflect.get(args.data, 'orgId') as unknown, sealedFor: plan.seals[0]?.tenant }
    }
    expect(create(given)).toEqual({ orgId: value, sealedFor: String(value) })
    expect(create('main')).toEqual({ orgId: null, sealedFor: 'main' })
  })
})
