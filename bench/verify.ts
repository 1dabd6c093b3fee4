import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert/strict'
import { CHILDREN, PARENTS, patients, ROWS, visits } from './rows.js'
import { own, SEED, type Subject } from './subjects/subject.js'

/** Whether the subject does what it is measured for: what is read back was written, and is not what is stored. */
export async function verify(subject: Subject): Promise<void> {
  const { client, database, encrypts, searches } = subject
  const rows = own(subject, patients(9_999_999, 2))
  const [first, second] = rows
  if (first === undefined || second === undefined) throw new Error('there are no rows')
  const where = { id: first.id, tenantId: first.tenantId }
  await client.intake.create({ data: first })
  await client.intake.createMany({ data: [second] })
  const read = await client.intake.findMany({ select: { id: true, tenantId: true, email: true, ssn: true } })
  deepStrictEqual(new Set(read), new Set(rows), `${subject.name} reads what it wrote`)

  const stored = await database.query<{ email: string; ssn: string }>('SELECT email, ssn FROM "Intake" ORDER BY id')
  for (const [i, row] of rows.entries()) {
    for (const field of ['email', 'ssn'] as const) {
      const isPlain = encrypts ? notStrictEqual : strictEqual
      isPlain(
        stored[i]?.[field],
        row[field],
        `${subject.name} stores ${encrypts ? 'no plain text' : 'the text itself'}`,
      )
    }
  }

  const { ssn } = await client.intake.update({ where, data: { ssn: second.ssn } })
  strictEqual(ssn, second.ssn)
  strictEqual((await client.intake.findUnique({ where }))?.ssn, second.ssn)
  if (searches)
    strictEqual(
      (await client.intake.findFirst({ where: { tenantId: first.tenantId, email: first.email } }))?.id,
      first.id,
    )

  const parents = own(subject, SEED)
  const patient = { id: parents[0]?.id ?? '', tenantId: subject.tenantOf(0) }
  const withVisits = await client.patient.findUnique({
    where: patient,
    include: { visits: { orderBy: { id: 'asc' } } },
  })
  strictEqual(withVisits?.visits.length, CHILDREN)
  if (subject.text('x') === 'x') {
    deepStrictEqual(withVisits.visits, visits(parents).slice(0, CHILDREN))
    strictEqual(withVisits.email, SEED[0]?.email)
  }
  strictEqual(await client.patient.count(), ROWS)
  strictEqual(await client.visit.count(), PARENTS * CHILDREN)
  await database.query('TRUNCATE "Intake"')
}
