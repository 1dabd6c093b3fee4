import { describe, expect, test } from 'vitest'
import { compileModels, type Plain } from '../../../src/prisma/query/index.js'
import { compilePsl } from '../../schema/compile-psl.js'
import { type PlanOptions, plan } from './plan-clinic.js'

const EMAIL = 'email String /// @encrypted(pad: 16)'
const blocksOf = (lines: readonly string[]): string =>
  `model Patient {\n  id Int @id\n  tenantId String /// @encrypted.tenant\n${lines.join('\n')}\n}`
const modelsOf = async (lines: readonly string[]): Promise<NonNullable<PlanOptions['models']>> =>
  compileModels((await compilePsl(blocksOf(lines))).map)

/** What a filter is refused with; `undefined` where it is not. */
async function refusalOf(lines: readonly string[], where: object): Promise<string | undefined> {
  const models = await modelsOf(lines)
  try {
    plan('Patient', 'findMany', { where } as Plain, { models, bound: 'acme', searchable: true })
  } catch (error) {
    if (error instanceof Error) return error.message
    throw error
  }
  return undefined
}

const lineIn = (message: string | undefined): string => /`(\w+ Bytes\? [^`]+)`/.exec(message ?? '')?.[1] ?? 'no line'

describe('the line that a refused filter proposes', () => {
  test.each<[string, readonly string[], object, string]>([
    [
      'has the normalizers of the index of whole values',
      [EMAIL, 'emailIndex Bytes? /// @encrypted.index(email, normalize: [trim, lowercase])'],
      { email: { startsWith: '123' } },
      'emailFirst Bytes? /// @encrypted.index(email, part: first(3), normalize: [trim, lowercase])',
    ],
    [
      'has the normalizers of the first index',
      [
        EMAIL,
        'a Bytes? /// @encrypted.index(email, part: domain, normalize: [nfc])',
        'b Bytes? /// @encrypted.index(email)',
      ],
      { email: { startsWith: '123' } },
      'emailFirst Bytes? /// @encrypted.index(email, part: first(3), normalize: [nfc])',
    ],
    [
      'has the normalizers of the index of a part',
      [EMAIL, 'emailLast Bytes? /// @encrypted.index(email, part: last(4), normalize: [digits])'],
      { email: '123' },
      'emailIndex Bytes? /// @encrypted.index(email, normalize: [digits])',
    ],
    [
      'ignores the letter case besides, if the filter does',
      [EMAIL, 'emailIndex Bytes? /// @encrypted.index(email, normalize: [trim])'],
      { email: { startsWith: '123', mode: 'insensitive' } },
      'emailFirst Bytes? /// @encrypted.index(email, part: first(3), normalize: [trim, lowercase])',
    ],
    [
      'ignores the letter case besides, of whole values',
      [EMAIL, 'emailIndex Bytes? /// @encrypted.index(email, normalize: [nfc, trim])'],
      { email: { equals: '123', mode: 'insensitive' } },
      'emailToken Bytes? /// @encrypted.index(email, normalize: [nfc, trim, lowercase])',
    ],
    [
      'has the part of the index that regards the letter case',
      [EMAIL, 'emailFirst Bytes? /// @encrypted.index(email, part: first(5), normalize: [trim])'],
      { email: { startsWith: '12345', mode: 'insensitive' } },
      'emailFirst5 Bytes? /// @encrypted.index(email, part: first(5), normalize: [trim, lowercase])',
    ],
    [
      'has a name that no field and no relation has',
      [
        EMAIL,
        'emailFirst Int',
        'emailFirst3 String',
        'emailFirst3Index Patient[] @relation("x")',
        'n Int?',
        'm Patient? @relation("x", fields: [n], references: [id])',
      ],
      { email: { startsWith: '123' } },
      'emailFirst3Index2 Bytes? /// @encrypted.index(email, part: first(3))',
    ],
    [
      'has a name that no field has, of whole values',
      [EMAIL, 'emailIndex Int', 'emailToken Int', 'emailBlindIndex Int', 'emailBlindIndex2 Int'],
      { email: { in: ['123'] } },
      'emailBlindIndex3 Bytes? /// @encrypted.index(email)',
    ],
    [
      'accepts that the field has few values',
      ['ssn String /// @encrypted(pad: 16)'],
      { ssn: '123' },
      'ssnIndex Bytes? /// @encrypted.index(ssn, lowEntropy: accepted)',
    ],
    [
      'accepts that the field has few values, in any letter case',
      ['ssn String /// @encrypted(pad: 16)'],
      { ssn: { equals: '123', mode: 'insensitive' } },
      'ssnIndex Bytes? /// @encrypted.index(ssn, normalize: [lowercase], lowEntropy: accepted)',
    ],
    [
      'accepts what a third part leaks',
      [
        EMAIL,
        'a Bytes? /// @encrypted.index(email, part: domain)',
        'b Bytes? /// @encrypted.index(email, part: last(3))',
      ],
      { email: { startsWith: '123' } },
      'emailFirst Bytes? /// @encrypted.index(email, part: first(3), leaks: accepted)',
    ],
  ])('%s', async (_, lines, where, line) => {
    expect(lineIn(await refusalOf(lines, where))).toBe(line)
    // `prisma generate` accepts it, and it answers the filter.
    expect(await refusalOf([...lines, line], where)).toBeUndefined()
  })

  test('is not for the domain of digits', async () => {
    const ending = { email: { endsWith: '1234' } }
    const index = (normalizer: string): string[] => [
      EMAIL,
      `a Bytes? /// @encrypted.index(email, normalize: [${normalizer}])`,
    ]
    expect(await refusalOf(index('trim'), ending)).toContain('`part: domain`')
    expect(await refusalOf(index('digits'), ending)).not.toContain('domain')
  })
})
