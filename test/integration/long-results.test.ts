import { expect, test } from 'vitest'
import { openStage, refusal } from '../support/stage.js'

const { acme, plant } = await openStage()

const ROWS = 2_100
const ids = Array.from({ length: ROWS }, (_, i) => `p${String(i).padStart(5, '0')}`)
await acme.patient.createMany({ data: ids.map((id) => ({ id, email: `${id}@example.org`, ssn: id })) })
const orderBy = { id: 'asc' } as const

test('others have their turn while a long result is opened, and a short one is opened at once', async () => {
  let waited = false
  // Nearer to the database than encryption: it sees the result first.
  const watched = acme.$extends({
    query: {
      async $allOperations({ args, query }) {
        const result = await query(args)
        waited = false
        setImmediate(() => {
          waited = true
        })
        return result
      },
    },
  })
  expect(await watched.patient.findMany({ orderBy, take: 2_000 })).toHaveLength(2_000)
  expect(waited).toBe(false)
  const rows = await watched.patient.findMany({ orderBy, select: { ssn: true } })
  expect(waited).toBe(true)
  expect(rows).toEqual(ids.map((ssn) => ({ ssn })))
  const [first] = await watched.patient.findMany({ orderBy })
  expect(waited).toBe(true)
  expect(first).toMatchObject({ id: ids[0], email: `${ids[0]}@example.org`, ssn: ids[0] })
})

test('what was added to the rows of a long result is taken out of all of them', async () => {
  const rows = await acme.patient.findMany({ orderBy, select: { ssn: true } })
  expect(rows).toEqual(ids.map((ssn) => ({ ssn })))
})

test('an error in a long result says which row', async () => {
  await plant('patients', 'ssn', 'p02050', 'in clear')
  expect(await refusal(acme.patient.findMany({ orderBy }))).toMatchObject({
    code: 'ENVELOPE_NOT_AN_ENVELOPE',
    path: [2050],
    key: { id: 'p02050' },
  })
})
