import { makeTypedQueryFactory, type TypedSql } from '@prisma/client/runtime/client'
import { expect, test } from 'vitest'
import { previewClient } from '../support/preview-client.js'
import { openStage, refusal } from '../support/stage.js'

const { database, kms } = await openStage()
const { acme, globex, prisma } = await previewClient({ database, kms })

/** As `prisma generate --sql` writes it, which wants a database to ask for the types. */
interface Row {
  id: string
  tenant_id: string
  email_sealed: string
  notes: unknown
  photo_sealed: unknown
}
const age = database.provider === 'postgresql' ? '$1' : '?'
const patientsByAge = makeTypedQueryFactory(
  `SELECT id, tenant_id, email_sealed, notes, photo_sealed FROM patients WHERE age = ${age}`,
) as (age: number) => TypedSql<[number], Row>

const data = { email: 'ann@example.com', notes: { a: [1] }, photo: Uint8Array.of(1, 2), age: 41 }

test('TypedSQL returns envelopes, which openRows opens, by the names of the columns', async () => {
  const { id } = await acme.patient.create({ data })
  for (const client of [prisma, acme]) {
    const rows = await client.$queryRawTyped(patientsByAge(41))
    expect(JSON.stringify(rows)).toContain('pe1:')
    expect(JSON.stringify(rows)).not.toContain('ann@example.com')
    expect(await client.$encryption.openRows('Patient', rows)).toEqual([
      { id, tenant_id: 'acme', email_sealed: data.email, notes: data.notes, photo_sealed: data.photo },
    ])
  }
})

test('a view of another tenant does not open them', async () => {
  const rows = await globex.$queryRawTyped(patientsByAge(41))
  expect(rows).toHaveLength(1)
  expect(await refusal(globex.$encryption.openRows('Patient', rows))).toMatchObject({
    code: 'ENVELOPE_TENANT_MISMATCH',
  })
})

test('in transactions of both kinds', async () => {
  const [batched] = await acme.$transaction([prisma.$queryRawTyped(patientsByAge(41))])
  const open = (rows: object[]) => acme.$encryption.openRows('Patient', rows)
  expect(await open(batched)).toMatchObject([{ email_sealed: data.email }])
  await acme.$transaction(async (tx) => {
    await tx.patient.create({ data: { ...data, age: 42 } })
    expect(await open(await tx.$queryRawTyped(patientsByAge(42)))).toMatchObject([{ email_sealed: data.email }])
  })
})
