import { describe, expect, test } from 'vitest'
import { isModelMap } from '../../src/schema/is-model-map.js'
import { compilePsl, patient, refusals } from './compile-psl.js'

const EMAIL = 'email String /// @encrypted(pad: 16)'
const withIndex = (options: string, email = EMAIL, column = 'emailPart Bytes?'): string =>
  patient(`${email}\n${column} /// @encrypted.index(email${options})\n@@index([emailPart])`)

const problemsOf = async (psl: string): Promise<readonly string[]> => {
  const found = await compilePsl(psl).catch(() => undefined)
  return found === undefined ? await refusals(psl) : []
}

const entryOf = async (options: string): Promise<unknown> => {
  const { map } = await compilePsl(withIndex(options))
  expect(isModelMap(map)).toBe(true)
  const field = map.models.Patient?.fields.emailPart
  return field?.kind === 'scalar' ? field.index : undefined
}

describe('@encrypted.index(…, part: …)', () => {
  test('is in the model map as a kind of index', async () => {
    expect(await entryOf('')).toMatchObject({ kind: 'equality' })
    expect(await entryOf(', part: first(3)')).toMatchObject({ kind: 'first', length: 3, scope: 'tenant' })
    expect(await entryOf(', part: last( 16 ), normalize: [digits]')).toMatchObject({ kind: 'last', length: 16 })
    expect(await entryOf(', part: domain')).toEqual(expect.not.objectContaining({ length: expect.anything() }))
    expect(await entryOf(', part: first(1), lowEntropy: accepted')).toMatchObject({ length: 1, lowEntropy: true })
  })

  test.each([
    ['first', 'first(3)'],
    ['first()', 'first(3)'],
    ['first(0)', 'first(3)'],
    ['first(17)', 'first(3)'],
    ['first(1.5)', 'first(3)'],
    ['first("3")', 'first(3)'],
    ['first(3, 4)', 'first(3)'],
    ['domain()', 'domain'],
    ['domain(3)', 'domain'],
    ['middle(3)', 'first(3)'],
    ['3', 'first(3)'],
    ['[first(3)]', 'first(3)'],
    ['"first(3)"', 'first(3)'],
    ['last(99)', 'last(4)'],
    ['Last(5)', 'last(5)'],
    ['"last(4)"', 'last(4)'],
    ['suffix(4)', 'last(4)'],
    ['lst(4)', 'last(4)'],
    ['endsWith(6)', 'last(6)'],
  ])('refuses %s, and proposes %s', async (part, meant) => {
    const [refusal] = await refusals(withIndex(`, part: ${part}`))
    expect(refusal).toContain(
      ` is \`${part}\`, but must be domain, or first(n) or last(n) of 2 to 16 characters. Write for example \`part: ${meant}\` instead.`,
    )
  })

  test('does not repeat a whole text', async () => {
    const [refusal] = await refusals(withIndex(`, part: "${'x'.repeat(50)}"`))
    expect(refusal).toContain(' is something else, but must be domain')
  })

  test('refuses what cannot be read', async () => {
    for (const part of ['first(3', 'first 3', '(3)', 'first(-2)', 'first([3])']) {
      expect((await refusals(withIndex(`, part: ${part}`))).length).toBeGreaterThan(0)
    }
  })

  test('a value of another option is not written so', async () => {
    expect((await refusals(withIndex(', normalize: [trim(3)]')))[0]).toContain('contains "trim(…)"')
    expect((await refusals(withIndex(', scope: tenant(3)')))[0]).toContain('must be the bare word')
  })

  test('in the lock file, whose line may not change', async () => {
    const { lock } = await compilePsl(withIndex(', part: first(3)'))
    const changed = await refusals(withIndex(', part: first(4)'), { lock })
    expect(changed[0]).toContain('changes its part from first(3) to first(4)')
    expect((await refusals(withIndex(''), { lock }))[0]).toContain('its part from first(3) to the whole value')
    expect((await compilePsl(withIndex(', part: first(3)'), { lock })).lock).toEqual(lock)
  })
})

describe('an index of a part is refused', () => {
  test.each<[string, string, string]>([
    ['of bytes', withIndex(', part: first(3)', 'email Bytes /// @encrypted'), 'only text has a beginning and an end'],
    [
      'of a document',
      withIndex(', part: first(3)', 'email Json /// @encrypted(pad: 16)'),
      'only text and bytes can be indexed',
    ],
    ['of a list', withIndex(', part: first(3)', 'email String[] /// @encrypted(pad: 16)'), 'a list cannot be indexed'],
    [
      'of one character',
      withIndex(', part: last(1)'),
      'Write `part: last(2)` or more, or `lowEntropy: accepted` as well',
    ],
    ['of all tenants', withIndex(', part: domain, scope: global'), 'Write the index without `scope: global` instead'],
    ['of domains in digits', withIndex(', part: domain, normalize: [digits]'), '`digits` leaves no "@"'],
    [
      'that is unique',
      withIndex(', part: first(3)', EMAIL, 'emailPart Bytes? @unique'),
      'two values may have the same first(3)',
    ],
    [
      'in a compound unique',
      withIndex(', part: first(3)').replace('@@index([emailPart])', '@@unique([id, emailPart])'),
      'two values may have the same first(3)',
    ],
    [
      'of a field with few values',
      patient('ssn String /// @encrypted(pad: 16)\nssnLast Bytes? /// @encrypted.index(ssn, part: last(4))'),
      'Write `@encrypted.index(ssn, part: last(4), lowEntropy: accepted)` instead',
    ],
  ])('%s', async (_what, psl, said) => {
    expect((await refusals(psl)).join('\n')).toContain(said)
  })

  test.each(['', '(pad: none)'])('beside exact lengths: @encrypted%s', async (options) => {
    expect(await problemsOf(withIndex(', part: domain', `email String /// @encrypted${options}`))).toEqual([
      expect.stringContaining(
        'it has an index of a part (emailPart), and a part beside the exact length gives away whole values. Write `@encrypted(pad: 16)` instead.',
      ),
    ])
    expect(await problemsOf(withIndex('', `email String /// @encrypted${options}`))).toEqual([])
  })

  test('but not beside plaintext that is written on purpose', async () => {
    expect(await problemsOf(withIndex(', part: domain', 'email String /// @encrypted(write: plain)'))).toEqual([])
  })

  test('as the third of a field, unless that is accepted', async () => {
    const three = (options: string): string =>
      patient(
        `${EMAIL}\na Bytes? /// @encrypted.index(email, part: first(3))\nb Bytes? /// @encrypted.index(email, part: domain)\nc Bytes? /// @encrypted.index(email, part: last(4)${options})\nd Bytes? /// @encrypted.index(email)`,
      )
    expect(await problemsOf(three(''))).toEqual([
      expect.stringMatching(
        /c: email has indexes of 2 parts already \(a, b\).*`@encrypted\.index\(email, part: last\(4\), leaks: accepted\)`/,
      ),
    ])
    expect((await problemsOf(three(', normalize: [trim, nfc]')))[0]).toContain(
      '`@encrypted.index(email, part: last(4), normalize: [trim, nfc], leaks: accepted)`',
    )
    expect(await problemsOf(three(', leaks: accepted'))).toEqual([])
    expect((await refusals(withIndex(', leaks: accepted')))[0]).toContain('`leaks` is about several indexes of a part')
  })
})

test('advice puts no @unique on an index of a part, and no unindexed one is told to be unique', async () => {
  const psl = patient(
    `email String @unique /// @encrypted(pad: 16)\nemailPart Bytes? /// @encrypted.index(email, part: domain)`,
  )
  expect((await refusals(psl)).join('\n')).toContain('a column `emailIndex Bytes? @unique')
  const { warnings } = await compilePsl(patient(`${EMAIL}\nemailPart Bytes? /// @encrypted.index(email, part: domain)`))
  expect(warnings.join('\n')).toContain('Write `@@index([emailPart])` on it'.replace(' on it', ''))
  expect(warnings.join('\n')).not.toContain('@unique')
})

test('a model map with other parts is none', async () => {
  const { map } = await compilePsl(withIndex(', part: first(3)'))
  const json = JSON.stringify(map)
  for (const [from, to] of [
    ['"length":3', '"length":17'],
    ['"length":3', '"length":"3"'],
    ['"length":3,', ''],
    ['"kind":"first"', '"kind":"domain"'],
    ['"kind":"first"', '"kind":"middle"'],
    ['"scope":"tenant"', '"scope":"global"'],
  ] as const) {
    expect(json).toContain(from)
    expect(isModelMap(JSON.parse(json.replace(from, to)))).toBe(false)
  }
})
