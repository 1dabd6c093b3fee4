import { DisableKeyCommand } from '@aws-sdk/client-kms'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/management/doctor/finding.js'
import { testProvider } from '../support/database.js'
import { openStage } from '../support/stage.js'

/** What is not as it should be. */
const faults = (findings: readonly Finding[]) => findings.filter(({ outcome }) => outcome !== 'ok')
const of = (findings: readonly Finding[], check: Finding['check']) => findings.filter((one) => one.check === check)

/** One that fires when a patient is updated. */
const triggers = {
  sqlite: 'CREATE TRIGGER copies AFTER UPDATE ON patients BEGIN SELECT 1; END',
  mysql: 'CREATE TRIGGER copies BEFORE UPDATE ON patients FOR EACH ROW SET @seen = 1',
  postgresql: `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER copies BEFORE UPDATE OR DELETE ON patients FOR EACH ROW EXECUTE FUNCTION nothing()`,
}

describe('a database and a KMS in order', async () => {
  const { prisma, acme, kmsCallsOf } = await openStage()

  test('are found to be, but for guards that are not there yet', async () => {
    const findings = await prisma.$encryption.doctor({ tenants: ['acme', 'globex'] })
    expect(faults(findings).map(({ check, outcome }) => [check, outcome])).toEqual([['guard', 'warning']])
    expect(of(findings, 'column').length).toBeGreaterThan(10)
    expect(of(findings, 'data-key').map(({ subject }) => subject)).toEqual(['acme', 'globex'])
    expect(of(findings, 'index-key')).toHaveLength(2)
  })

  test('each tenant costs a call of each kind that its data needs', async () => {
    const calls = await kmsCallsOf(() => acme.$encryption.doctor())
    expect(new Set(calls)).toEqual(new Set(['DescribeKey', 'GenerateDataKey', 'Decrypt', 'ReEncrypt', 'GenerateMac']))
    expect(calls.length).toBeLessThanOrEqual(8)
  })

  test('a bound client looks at its own tenant only', async () => {
    expect(of(await acme.$encryption.doctor(), 'data-key').map(({ subject }) => subject)).toEqual(['acme'])
    await expect(acme.$encryption.doctor({ tenants: ['globex'] })).rejects.toMatchObject({
      code: 'ENVELOPE_TENANT_BOUND',
    })
  })
})

describe('what is wrong', async () => {
  const { prisma, kms, database } = await openStage()

  test('a CMK that was disabled is a problem of its tenant, with the code that calls fail with', async () => {
    const { cmk } = await kms.provider.describeKey({ keyId: 'alias/tenant/globex' })
    await kms.client.send(new DisableKeyCommand({ KeyId: cmk.arn }))
    const findings = await prisma.$encryption.doctor({ tenants: ['acme', 'globex'] })
    const problems = findings.filter(({ outcome }) => outcome === 'problem')
    expect(problems.length).toBeGreaterThan(0)
    for (const { subject, code } of problems) {
      expect(subject).toMatch(/^globex/)
      expect(code).toBe('ENVELOPE_KMS_DISABLED')
    }
  })

  test('a column that is missing, one that is too short, and a trigger', async () => {
    const isSqlite = testProvider() === 'sqlite'
    if (!isSqlite) {
      const type =
        testProvider() === 'mysql'
          ? 'MODIFY email_sealed VARCHAR(200) NOT NULL'
          : 'ALTER COLUMN email_sealed TYPE varchar(200)'
      await database.execute(`ALTER TABLE patients ${type}`)
    }
    await database.execute('ALTER TABLE patients RENAME COLUMN ssn TO ssn_of_before')
    await database.execute(triggers[testProvider()])
    const findings = await prisma.$encryption.doctor()
    expect(of(findings, 'trigger').map(({ subject }) => subject)).toEqual(['patients: copies'])
    const problems = of(findings, 'column').filter(({ outcome }) => outcome === 'problem')
    expect(problems.find(({ subject }) => subject.endsWith('.ssn'))?.message).toContain('has no such column')
    const short = problems.find(({ subject }) => subject.endsWith('.email_sealed'))?.message
    if (isSqlite) expect(short).toBeUndefined()
    else expect(short).toMatch(/holds 200 characters, and an envelope needs 1024/)
  })
})
