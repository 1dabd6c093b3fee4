import { describe, expect, test } from 'vitest'
import { compileModels } from '../../../src/prisma/query/index.js'
import { checkOwner, ownerFilter, tenantInRow, tenantSelection } from '../../../src/prisma/query/ownership.js'
import { compilePsl } from '../../schema/compile-psl.js'

/** A document of a team, whose foreign key is written in two ways. */
const schema = (key: string): string => `
model Org {
  id    String @id /// @encrypted.tenant
  teams Team[]
}

model Team {
  id        Int        @id
  slug      String
  orgId     String
  org       Org        @relation(fields: [orgId], references: [id]) /// @encrypted.tenant
  documents Document[]

  @@index([orgId])
}

model Document {
  id    Int    @id
  title String /// @encrypted
  ${key}

  @@index([teamId])
}`

const OPTIONAL = 'team Team? @relation(fields: [teamId], references: [id], onDelete: Cascade) /// @encrypted.tenant'

async function modelsOf(key: string, sharedTenant?: string) {
  const { map } = await compilePsl(schema(key), sharedTenant === undefined ? {} : { sharedTenant })
  const models = compileModels(map)
  return { models, document: models.get('Document'), team: models.get('Team') }
}

describe('an optional relation over a foreign key that cannot be NULL', () => {
  test('has no shared rows, and needs no name for their tenant', async () => {
    const { models, document } = await modelsOf(`teamId Int\n ${OPTIONAL}`)
    expect(document.step).toMatchObject({ name: 'team', nullable: false })
    expect(ownerFilter(models, document, 'acme')).toEqual({ team: { is: { orgId: 'acme' } } })
  })

  test('may be hidden by a filter: the foreign key is selected beside it', async () => {
    const { models, document } = await modelsOf(`teamId Int\n ${OPTIONAL}`)
    expect(tenantSelection(models, document)).toEqual({ teamId: true, team: { select: { orgId: true } } })
    const asked: unknown[] = []
    const find = (_model: unknown, reference: unknown) => {
      asked.push(reference)
      return 'acme'
    }
    expect(tenantInRow(models, document, { teamId: 7, team: null }, find)).toBe('acme')
    expect(asked).toEqual([{ id: 7 }])
  })

  test('is refused for the shared tenant', async () => {
    const { models, document } = await modelsOf(`teamId Int\n ${OPTIONAL}`, 'main')
    expect(() => checkOwner(models, document, 'main')).toThrow(
      expect.objectContaining({ code: 'ENVELOPE_TENANT_INVALID' }),
    )
  })
})

describe('a foreign key that can be NULL', () => {
  test('makes such rows shared', async () => {
    const { models, document } = await modelsOf(`teamId Int?\n ${OPTIONAL}`, 'main')
    expect(document.step).toMatchObject({ nullable: true })
    expect(ownerFilter(models, document, 'main')).toEqual({ team: null })
    expect(tenantInRow(models, document, { teamId: null, team: null })).toBe('main')
    expect(() => checkOwner(models, document, 'main')).not.toThrow()
  })
})

test('a foreign key that contains the tenant column of its row is a tenant column itself', async () => {
  const { team } = await modelsOf(`teamId Int\n ${OPTIONAL}`)
  expect(team).toMatchObject({ step: undefined, tenant: { from: 'column', field: 'orgId', type: 'String' } })
})
