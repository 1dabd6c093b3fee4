import { describe, expect, it } from 'vitest'
import { parseModelMap, serializeModelMap } from '../../src/schema/model-map-file.js'
import { expectedMap, expectedMapFile } from '../generator/clinic-schema.js'

const refusal = (text: string): unknown => {
  try {
    return parseModelMap(text, 'x/encryption.json')
  } catch (error) {
    return error
  }
}

/** The file with another value at this path, or without it. */
function changed(path: string, value: unknown): string {
  const map = JSON.parse(expectedMapFile)
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const holder = keys.reduce((inner, key) => inner[key], map)
  holder[last] = value
  const text = JSON.stringify(map)
  expect(text).not.toBe(JSON.stringify(expectedMap))
  return text
}

const email = 'models.Patient.fields.email'
const index = 'models.Patient.fields.emailIndex.index'
const tenant = 'models.Patient.tenant'

describe('the file of the model map', () => {
  it('is read as it was written, and written the same each time', () => {
    expect(parseModelMap(expectedMapFile, 'x')).toEqual(expectedMap)
    expect(serializeModelMap(parseModelMap(expectedMapFile, 'x'))).toBe(expectedMapFile)
    expect(expectedMapFile.endsWith('}\n')).toBe(true)
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['half a file', expectedMapFile.slice(0, 1000)],
    ['a merge conflict', `<<<<<<< HEAD\n${expectedMapFile}`],
    ['the module', 'export const encryptedModels = {}'],
  ])('is refused if it holds %s: run prisma generate', (_, text) => {
    expect(refusal(text)).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
      message: 'x/encryption.json is not JSON. Run `prisma generate`, which writes it again.',
    })
  })

  it('of the version before is refused: run prisma generate', () => {
    expect(refusal(changed('version', 1))).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
      message:
        'x/encryption.json has version 1 of the model map, but this release of prisma-envelope reads version 2. Run `prisma generate`.',
    })
  })

  it('of a later version is refused: upgrade, or run prisma generate', () => {
    expect(refusal(changed('version', 3))).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
      message:
        'x/encryption.json has version 3 of the model map, but this release of prisma-envelope reads version 2. Upgrade prisma-envelope here too, or run `prisma generate` with this release.',
    })
  })

  it.each<[string, string]>([
    ['another document', '{"name": "prisma-envelope"}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a version that is no number', changed('version', '2')],
    ['no models', changed('models', undefined)],
    ['a field of another kind', changed(`${email}.kind`, 'scaler')],
    ['a column that is not text', changed(`${email}.column`, 1)],
    ['a flag that is off', changed('models.Clinic.fields.id.unique', false)],
    ['an unknown normalizer', changed(`${index}.normalize`, ['shout'])],
    ['an unknown kind of index', changed(`${index}.kind`, 'prefix')],
    ['an index without a kind', changed(`${index}.kind`, undefined)],
    ['an index with a property that a later release added', changed(`${index}.length`, 3)],
    ['an unknown type of values', changed(`${email}.encrypted.type`, 'decimal')],
    ['a type that every object has', changed(`${email}.encrypted.type`, 'constructor')],
    ['an encrypted field without a type', changed(`${email}.encrypted.type`, undefined)],
    ['an encrypted field with a property that a later release added', changed(`${email}.encrypted.row`, true)],
    ['an unknown source of tenants', changed(`${tenant}.from`, 'relation')],
    ['a tenant without a source', changed(`${tenant}.from`, undefined)],
    ['a tenant with a property that a later release added', changed(`${tenant}.optional`, true)],
    ['a key table of one model', changed('keyTable', { keys: 'Patient' })],
    ['a key table of one model twice', changed('keyTable', { keys: 'Patient', counts: 'Patient' })],
    ['a key table of a model that it has not', changed('keyTable', { keys: 'Patient', counts: 'DataKeyCount' })],
    ['a key table of what every object has', changed('keyTable', { keys: 'Patient', counts: 'toString' })],
    [
      'a key table with a property that a later release added',
      changed('keyTable', { keys: 'Patient', counts: 'Clinic', log: 'Tag' }),
    ],
    ['a key table that is a name', changed('keyTable', 'Patient')],
  ])('is refused if it holds %s: run prisma generate', (_, text) => {
    expect(refusal(text)).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
      message:
        'x/encryption.json is not a model map that this release of prisma-envelope understands. Run `prisma generate`, which writes it again.',
    })
  })

  it('may have a key table', () => {
    const keyTable = { keys: 'Patient', counts: 'Clinic' }
    expect(parseModelMap(changed('keyTable', keyTable), 'x').keyTable).toEqual(keyTable)
  })

  it('never sets a prototype', () => {
    const text = expectedMapFile.replace('"compounds": {}', '"compounds": { "__proto__": ["a", "b"] }')
    expect(text).not.toBe(expectedMapFile)
    const { compounds } = parseModelMap(text, 'x').models.Clinic ?? {}
    expect(Object.getPrototypeOf(compounds)).toBe(Object.prototype)
    expect(Object.hasOwn(compounds ?? {}, '__proto__')).toBe(true)

    // What a map lacks is not taken from there.
    const poisoned = expectedMapFile.replace('"version": 2,', '"__proto__": { "version": 2 },')
    expect(refusal(poisoned)).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
    expect({}).not.toHaveProperty('version')
  })
})
