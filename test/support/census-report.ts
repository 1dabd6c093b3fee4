import type { CensusGroup, CensusReport } from '../../src/management/census/report.js'

const zero = {
  values: 0,
  inline: 0,
  table: 0,
  plaintext: 0,
  unreadable: 0,
  outdated: 0,
  unresolved: 0,
  keyless: 0,
  withoutToken: 0,
  summedUp: 0,
}
/** A group of values, as a census finds it. */
export const valuesGroup = (of: Partial<CensusGroup>): CensusGroup => ({
  model: 'Patient',
  field: 'email',
  tenant: 'acme',
  state: 'sealed',
  placement: 'inline',
  suite: 'aes-256-gcm',
  cmk: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  configured: 'alias/acme',
  cmkTag: 'KUVKxebJ',
  current: true,
  values: 10,
  dataKeys: 1,
  ...of,
})
/** A report of these groups. */
export const censusReport = (groups: CensusGroup[], more: Partial<CensusReport> = {}): CensusReport => ({
  takenAt: '2026-12-01T10:20:30.000Z',
  finished: true,
  totals: { ...zero, values: groups.reduce((sum, { values }) => sum + values, 0) },
  groups,
  ...more,
})
