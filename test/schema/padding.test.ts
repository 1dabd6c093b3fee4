import { describe, expect, test } from 'vitest'
import { summaryOf } from '../../src/generator/summary.js'
import { isModelMap } from '../../src/schema/is-model-map.js'
import { compilePsl, patient, refusals } from './compile-psl.js'

const padOf = async (options: string): Promise<unknown> => {
  const { map } = await compilePsl(patient(`email String /// @encrypted${options}`))
  expect(isModelMap(map)).toBe(true)
  const email = map.models.Patient?.fields.email
  return email?.kind === 'scalar' ? email.encrypted?.pad : undefined
}

describe('@encrypted(pad: …)', () => {
  test('is in the model map as a number of bytes, of which 1 pads nothing', async () => {
    expect(await padOf('')).toBeUndefined()
    expect(await padOf('(pad: 16)')).toBe(16)
    expect(await padOf('(pad: 1024, as: "person.email")')).toBe(1024)
    expect(await padOf('(pad: none)')).toBe(1)
  })

  test.each(['0', '1', '1025', '-16', '1.5', '016', '1e2', '"16"', '[16]', 'all', '16bytes'])(
    'refuses %s',
    async (pad) => {
      const [refusal] = await refusals(patient(`email String /// @encrypted(pad: ${pad})`))
      expect(refusal).toMatch(/`pad`|pad: 16|cannot be read/)
    },
  )

  test('is for documents as well, and for lists, but not for bytes', async () => {
    const psl = patient('notes Json? /// @encrypted(pad: 64)\nnames String[] /// @encrypted(pad: 8)')
    expect((await compilePsl(psl)).warnings).toEqual([])
    const [refusal] = await refusals(patient('scan Bytes /// @encrypted(pad: 16)'))
    expect(refusal).toContain('bytes cannot be padded')
    expect((await compilePsl(patient('scan Bytes /// @encrypted(pad: none)'))).warnings).toEqual([])
  })

  test('a model map with another number is none', async () => {
    const { map } = await compilePsl(patient('email String /// @encrypted(pad: 16)'))
    for (const pad of [0, 1.5, 2_000, '16', null])
      expect(isModelMap(JSON.parse(JSON.stringify(map).replace('"pad":16', `"pad":${JSON.stringify(pad)}`)))).toBe(
        false,
      )
  })
})

describe('an index beside an exact length', () => {
  const warnings = async (email: string, more = ''): Promise<readonly string[]> => {
    const index = 'emailIndex Bytes? @unique /// @encrypted.index(email)'
    return summaryOf((await compilePsl(patient(`email ${email}\n${index}\n${more}`))).map).warnings
  }

  test('is warned of in one line, with what to write', async () => {
    const found = await warnings('String /// @encrypted', 'ssn String? /// @encrypted')
    expect(found.filter((line) => line.includes('pad: 16'))).toEqual([
      expect.stringMatching(
        /^Patient\.email has an index and is not padded: .*`@encrypted\(pad: 16\)`, or `pad: none`/,
      ),
    ])
  })

  test.each(['String /// @encrypted(pad: 16)', 'String /// @encrypted(pad: none)', 'Bytes /// @encrypted'])(
    'not of %s',
    async (email) => {
      expect((await warnings(email)).filter((line) => line.includes('padded'))).toEqual([])
    },
  )
})
