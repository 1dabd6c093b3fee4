import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { blocksOf, page } from '../readme/documentation.js'
import { anotherClient, arnOf, tagOf, wrappingOf } from '../support/rotation.js'
import { openStage } from '../support/stage.js'

const stage = await openStage()
const { acme, database, globex, kms } = stage

const NEXT = 'alias/tenant/acme-next'
const { arn: next } = await kms.createKey({ alias: NEXT })

/** By the comment that each begins with. */
function isFor(comment: string): boolean {
  const here = { postgresql: 'PostgreSQL', sqlite: 'SQLite', mysql: 'MySQL' }[database.provider]
  return comment.includes(here)
}

/** The statements of docs/rotation.md, with the test schema's names in place of the example's. */
const statements = blocksOf(page('docs/rotation.md')).flatMap(({ language, text }) => {
  const [first = ''] = text.split('\n')
  if (language !== 'sql' || !isFor(first)) return []
  return [
    text
      .replaceAll(/["`]Patient["`]/g, 'patients')
      .replaceAll(/["`]tenantId["`]/g, 'tenant_id')
      .replaceAll(/["`]email["`]/g, 'email_sealed')
      .replaceAll(/["`]notes["`]/g, 'notes')
      .replaceAll(/["`]photo["`]/g, 'photo_sealed'),
  ]
})

let wrapTags: { acmeOld: string; acmeNew: string; globex: string }

beforeAll(async () => {
  const person = (i: number) => ({
    id: `p${i}`,
    email: `p${i}@example.com`,
    notes: { i },
    photo: new Uint8Array([i]),
  })
  const data = Array.from({ length: 5 }, (_, i) => person(i))
  await acme.patient.createMany({ data })
  await globex.patient.createMany({ data: [person(7), person(8)] })
  const at = anotherClient(stage, (tenant) =>
    tenant === 'acme' ? { current: NEXT, previous: ['alias/tenant/acme'] } : `alias/tenant/${tenant}`,
  )
  for (const { id } of data.slice(0, 2)) await at.acme.patient.findUnique({ where: { id } })
  await at.idle()
  await at.close()
  const stored = await database.query('SELECT tenant_id, email_sealed FROM patients')
  const wrapTagOf = (tenant: string, arn: string) =>
    stored
      .filter((row) => row.tenant_id === tenant)
      .map((row) => wrappingOf(row.email_sealed))
      .find(({ cmk }) => cmk === tagOf(arn))?.wrapTag ?? ''
  wrapTags = {
    acmeOld: wrapTagOf('acme', await arnOf(stage, 'alias/tenant/acme')),
    acmeNew: wrapTagOf('acme', next),
    globex: wrapTagOf('globex', await arnOf(stage, 'alias/tenant/globex')),
  }
})

describe('the census of docs/rotation.md', () => {
  test('has statements for text, Json and Bytes columns', () => {
    expect(statements).toHaveLength(3)
  })

  test.each([0, 1, 2])('counts rows by tenant and wrapping, grouped in the database: statement %i', async (i) => {
    const rows = await database.query(statements[i] ?? '')
    const counts = rows.map(({ tenant, wrapping, rows: count }) => [tenant, tagText(wrapping), Number(count)])
    expect(counts.sort()).toEqual(
      [
        ['acme', wrapTags.acmeNew, 2],
        ['acme', wrapTags.acmeOld, 3],
        ['globex', wrapTags.globex, 2],
      ].sort(),
    )
  })

  test('has a command that computes the CMK’s half of a wrap tag from an ARN', () => {
    const command = blocksOf(page('docs/rotation.md')).find(({ text }) => text.includes('openssl dgst'))?.text
    const [, line = ''] = command?.split('\n') ?? []
    for (const arn of [next, 'arn:aws:kms:us-east-1:444455556666:key/mrk-0123456789abcdef0123456789abcdef']) {
      const tag = execFileSync('sh', ['-c', line], { env: { ...process.env, arn }, encoding: 'utf8' })
      expect(tag.trim()).toBe(tagOf(arn))
    }
  })
})

/** Binary columns give the tag's bytes, in hexadecimal. */
function tagText(wrapping: unknown): string {
  const text = wrapping instanceof Uint8Array ? Buffer.from(wrapping).toString() : String(wrapping)
  return /^[0-9a-f]{24}$/i.test(text) ? Buffer.from(text, 'hex').toString('base64') : text
}
