import { expect, test } from 'vitest'
import { constraintName } from '../../src/databases/constraint-name.js'
import { plaintextFindings } from '../../src/management/doctor/plaintext-findings.js'
import type { EncryptedEntry, ModelEntry } from '../../src/schema/model-map.js'

const model = (more: Partial<EncryptedEntry>): ModelEntry => ({
  table: 'patients',
  key: ['id'],
  compounds: {},
  fields: {
    id: { kind: 'scalar', type: 'Int', column: 'id' },
    ssn: { kind: 'scalar', type: 'String', column: 'ssn', encrypted: { type: 'text', as: 'Patient.ssn', ...more } },
  },
})
const none: ReadonlySet<string> = new Set()
const at = (moment: string): number => Date.parse(moment)
const legacy = model({ legacy: { until: '2027-03-01' } })

test.each([
  ['2027-01-01T00:00:00Z', 'ok', /until 2027-03-01$/],
  ['2027-02-20T00:00:00Z', 'warning', /which is soon.*backfill/],
  ['2027-03-01T23:59:59Z', 'warning', /which is soon/],
  ['2027-03-02T00:00:00Z', 'problem', /refused since 2027-03-01.*backfill/],
])('a legacy field at %s', (moment, outcome, message) => {
  expect(plaintextFindings([legacy], none, at(moment))).toEqual([
    { check: 'plaintext', subject: 'patients.ssn', outcome, message: expect.stringMatching(message) },
  ])
})

test('a field that is written in plaintext, and one that is neither', () => {
  expect(plaintextFindings([model({ write: 'plain' })], none)).toMatchObject([{ outcome: 'warning' }])
  expect(plaintextFindings([model({})], none)).toEqual([])
})

test.each(['', '_update'])('a guard in the way (%j)', (suffix) => {
  const name = constraintName({ schema: undefined, table: 'patients', column: 'ssn' }, suffix)
  const findings = plaintextFindings([legacy, model({ write: 'plain' })], new Set([name]), at('2027-01-01'))
  expect(findings.map(({ outcome }) => outcome)).toEqual(['problem', 'problem'])
})
