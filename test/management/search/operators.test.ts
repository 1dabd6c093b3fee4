import { expect, test } from 'vitest'
import { byCodePoint } from '../../../src/management/search/compare.js'
import { testOf } from '../../../src/management/search/match.js'
import { clinic } from '../../prisma/query/plan-clinic.js'

test('an unknown operator of a match is answered with those there are, and not repeated', () => {
  const model = clinic.get('Patient')
  const matching = { model, mode: undefined, texts: byCodePoint, fields: new Set<string>() }
  expect(() => testOf(matching, { ssn: { containz: 'a' } })).toThrow(
    expect.objectContaining({
      code: 'ENVELOPE_ARGUMENT_UNKNOWN',
      message: expect.stringContaining(
        'the match of Patient.ssn has an unknown operator. The operators are equals, contains, startsWith, endsWith, gt, gte, lt, lte, not, in, notIn.',
      ),
    }),
  )
})
