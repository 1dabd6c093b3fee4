import { describe, expect, it, test } from 'vitest'
import { summaryOf } from '../../src/generator/summary.js'
import { parseAnnotations } from '../../src/schema/annotations.js'
import type { Compiled } from '../../src/schema/compile.js'
import { isModelMap } from '../../src/schema/is-model-map.js'
import { parseLock, serializeLock } from '../../src/schema/lock/file.js'
import type { Lock } from '../../src/schema/lock/record.js'
import { compilePsl, patient, refusals } from './compile-psl.js'

const at = (day: string): number => Date.parse(`${day}T12:00:00Z`)
const now = at('2026-12-01')
const field = (options: string, rest = ''): string => patient(`email String /// @encrypted${options}\n${rest}`)
const entryOf = ({ map }: Compiled): unknown => {
  expect(isModelMap(map)).toBe(true)
  const email = map.models.Patient?.fields.email
  return email?.kind === 'scalar' ? email.encrypted : undefined
}

describe('legacy: read', () => {
  it('is in the model map with its last day', async () => {
    const compiled = await compilePsl(field('(legacy: read, until: "2027-03-01")'), { now })
    expect(entryOf(compiled)).toEqual({ type: 'text', as: 'Patient.email', legacy: { until: '2027-03-01' } })
    expect(compiled.warnings).toEqual([])
  })

  test.each([
    ['postgresql', '', undefined],
    ['postgresql', '@db.Text', undefined],
    ['sqlite', '', undefined],
    ['mysql', '@db.Text', true],
    ['sqlserver', '@db.NVarChar(Max)', true],
  ])('says whether %s with "%s" may treat two spellings as equal', async (provider, native, folds) => {
    const psl = patient(`email String ${native} /// @encrypted(legacy: read, until: "2027-03-01")`)
    const entry = entryOf(await compilePsl(psl, { provider, now })) as { legacy: { folds?: true } }
    expect(entry.legacy.folds).toBe(folds)
  })

  test('bytes and documents never do', async () => {
    const psl = patient('email Bytes @db.LongBlob /// @encrypted(legacy: read, until: "2027-03-01")')
    expect(entryOf(await compilePsl(psl, { provider: 'mysql', now }))).toMatchObject({
      legacy: { until: '2027-03-01' },
    })
    expect(entryOf(await compilePsl(psl, { provider: 'mysql', now }))).not.toHaveProperty('legacy.folds')
  })

  test.each([
    ['(legacy: read)', /has no end.*until: "2027-03-01"/],
    ['(until: "2027-03-01")', /Write both, or neither/],
    ['(legacy: read, until: "2027-03-01", write: plain)', /reads plaintext already/],
    ['(until: "2027-03-01", write: plain)', /reads plaintext already/],
    ['(legacy: write, until: "2027-03-01")', /must be the bare word read/],
    ['(legacy: true, until: "2027-03-01")', /must be the bare word read/],
    ['(legacy: read, until: 2027-03-01)', /must be a quoted date/],
    ['(legacy: read, until: "2027-02-30")', /must be a quoted date/],
    ['(legacy: read, until: "01.03.2027")', /must be a quoted date/],
    ['(legacy: read, until: "tomorrow")', /must be a quoted date/],
    ['(write: plaintext)', /must be the bare word plain/],
    ['(read: legacy)', /has no option `read`/],
    ['(legasy: read)', /Write `legacy` instead/],
    ['(untill: "2027-03-01")', /Write `until` instead/],
    ['(legacy)', /does not accept "legacy"/],
  ])('%s is refused', async (options, message) => {
    expect(await refusals(field(options))).toEqual(expect.arrayContaining([expect.stringMatching(message)]))
  })

  it('is refused on a relation', async () => {
    const psl = 'model A {\n id Int @id\n b B? /// @encrypted(links: accepted, legacy: read, until: "2027-03-01")\n}\n'
    const other = 'model B {\n id Int @id\n aId Int? @unique\n a A? @relation(fields: [aId], references: [id])\n}'
    expect(await refusals(psl + other)).toEqual([expect.stringContaining('on a relation')])
  })

  it('is refused beside a required index, whose token old rows have not', async () => {
    const index = 'i Bytes @unique @default("") /// @encrypted.index(email)'
    expect(await refusals(field('(legacy: read, until: "2027-03-01")', index))).toEqual([
      expect.stringContaining('Write `i Bytes?` until'),
    ])
    expect(await compilePsl(field('', index))).toBeDefined()
  })

  it('may keep its database index, which the search for plaintext needs, where there is one', async () => {
    const options = '(legacy: read, until: "2027-03-01")'
    expect(await compilePsl(field(options, '@@index([email])'), { now })).toBeDefined()
    expect(await refusals(field('', '@@index([email])'))).toHaveLength(1)
    expect(await refusals(field(options, '@@unique([id, email])'))).toHaveLength(1)
    const mysql = patient(`email String @db.Text /// @encrypted${options}\n@@index([email(length: 10)])`)
    expect(await refusals(mysql, { provider: 'mysql' })).toHaveLength(1)
  })

  it('warns of a unique index, of a day that has passed, and of one that is far', async () => {
    const warnings = async (day: string, rest = ''): Promise<readonly string[]> =>
      (await compilePsl(field(`(legacy: read, until: "${day}")`, rest), { now })).warnings
    const unproven = [expect.stringContaining('two rows may have the same email')]
    const index = (annotation: string, more = '@unique') => `i Bytes? ${more} /// @encrypted.index(${annotation})`
    // Looked up before a value is written.
    expect(await warnings('2027-03-01', index('email'))).toEqual([])
    expect(await warnings('2027-03-01', index('email, normalize: [trim]'))).toEqual(unproven)
    const tenant = 'tenantId String /// @encrypted.tenant\n'
    expect(await warnings('2027-03-01', `${tenant}${index('email', '')}\n@@unique([tenantId, i])`)).toEqual([])
    expect(await warnings('2027-03-01', `n Int\n${index('email', '')}\n@@unique([n, i])`)).toEqual(unproven)
    const mysql = patient(
      `email String @db.Text /// @encrypted(legacy: read, until: "2027-03-01")\ni Bytes? @unique @db.VarBinary(16) /// @encrypted.index(email)`,
    )
    expect((await compilePsl(mysql, { provider: 'mysql', now })).warnings).toEqual(unproven)
    expect(await warnings('2026-12-01')).toEqual([])
    expect(await warnings('2026-11-30')).toEqual([expect.stringContaining('has passed (2026-11-30)')])
    expect(await warnings('2029-01-01')).toEqual([expect.stringContaining('more than a year away')])
  })
})

test('prisma generate says what is read in plaintext, and until when', async () => {
  const { map } = await compilePsl(field('(legacy: read, until: "2027-03-01")'), { now })
  expect(summaryOf(map).notices).toContainEqual(
    expect.stringMatching(/plaintext is still read .* Patient\.email \(until 2027-03-01\)/),
  )
  expect(summaryOf((await compilePsl(field(''))).map).notices.join()).not.toContain('plaintext')
})

describe('write: plain', () => {
  it('is in the model map, and warned of', async () => {
    const compiled = await compilePsl(field('(write: plain)'))
    expect(entryOf(compiled)).toEqual({ type: 'text', as: 'Patient.email', write: 'plain' })
    expect(compiled.warnings).toEqual([expect.stringContaining('stored in plaintext')])
  })
})

describe('the lock file', () => {
  const legacy = '(legacy: read, until: "2027-03-01")'
  const compiled = async (options: string, lock?: Lock, rest = ''): Promise<Compiled> =>
    compilePsl(field(options, rest), { now, ...(lock && { lock }) })
  /** As it is read from a file. */
  const lockOf = ({ lock }: Compiled): Lock => parseLock(serializeLock(lock), 'x.json')

  it('records that rows may hold plaintext, without the day', async () => {
    expect(serializeLock((await compiled(legacy)).lock)).toContain('"type": "text", "plaintext": "legacy" }')
    expect(serializeLock((await compiled('(write: plain)')).lock)).toContain('"type": "text", "plaintext": "written" }')
    const later = await compiled('(legacy: read, until: "2028-01-01")', lockOf(await compiled(legacy)))
    expect(serializeLock(later.lock)).toBe(serializeLock((await compiled(legacy)).lock))
  })

  it('is refused with another state', () => {
    const text = '{"version":2,"models":{},"fields":{"A.b":{"as":"A.b","type":"text","plaintext":"maybe"}}}'
    expect(() => parseLock(text, 'x.json')).toThrow('later release')
  })

  it('goes from encrypted to written, and back by way of legacy only', async () => {
    const encrypted = lockOf(await compiled(''))
    const written = lockOf(await compiled('(write: plain)', encrypted))
    expect(await refusals(field(''), { lock: written })).toEqual([
      expect.stringMatching(/written in plaintext.*legacy: read.*backfill/),
    ])
    const again = await compiled(legacy, written)
    const done = await compiled('', lockOf(again))
    expect(done.warnings).toEqual([expect.stringContaining('refused from now on')])
    expect((await compiled('', lockOf(done))).warnings).toEqual([])
  })

  it('does not go from legacy to written beside an index, which knows no row in plaintext', async () => {
    const index = 'i Bytes? @unique /// @encrypted.index(email)'
    const lock = lockOf(await compiled(legacy, undefined, index))
    expect(await refusals(field('(write: plain)', index), { lock })).toEqual([
      expect.stringMatching(/have no token.*backfill/),
    ])
    expect(await compiled('(write: plain)', lockOf(await compiled(legacy)))).toBeDefined()
  })

  it('warns where a field that was encrypted throughout becomes legacy', async () => {
    const { warnings } = await compiled(legacy, lockOf(await compiled('')))
    expect(warnings).toEqual([expect.stringContaining('whoever wrote it')])
  })

  it('says what comes before the annotation is taken away', async () => {
    const bare = patient('email String')
    expect(await refusals(bare, { lock: lockOf(await compiled('')) })).toEqual([
      expect.stringContaining('write `/// @encrypted(write: plain)` first'),
    ])
    expect(await refusals(bare, { lock: lockOf(await compiled('(write: plain)')) })).toEqual([
      expect.stringMatching(/still sealed.*prisma-envelope eject.*remove this line/),
    ])
  })
})

test.each(['@encrypted.legacy', '@encrypted.plain', '@encrypted.write'])('%s is not an annotation', (tag) => {
  const { problems } = parseAnnotations(tag)
  expect(problems).toEqual([expect.stringMatching(/is not an annotation.*`@encrypted\((legacy|write)/)])
})
