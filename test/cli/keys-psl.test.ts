import { describe, expect, it } from 'vitest'
import { jobsPsl, keysPsl } from '../../src/cli/keys-psl.js'
import type { ModelMap } from '../../src/schema/model-map.js'
import { compilePsl, patient } from '../schema/compile-psl.js'
import { providers } from '../schema/key-table-text.js'
import { runCommand } from './run-command.js'

const emptyMap = (provider: string): ModelMap => ({ version: 2, provider, models: {} })

async function mapOf(blocks: string, provider = 'postgresql', datasource = ''): Promise<ModelMap> {
  return (await compilePsl(blocks, { provider, datasource })).map
}

/** The models of the text, by their annotations. */
function namesIn(psl: string): string[] {
  return [...psl.matchAll(/^\/\/\/ @encrypted\.(?:keys|keyCounts)\nmodel (\w+) \{$/gm)].map(([, name = '']) => name)
}

describe('the models of a key table', () => {
  it.each(providers)('are what Prisma and the generator accept, on %s', async (provider) => {
    const { map, warnings } = await compilePsl(keysPsl(emptyMap(provider)), { provider, withSource: true })
    expect(map.keyTable).toEqual({ keys: 'DataKey', counts: 'DataKeyCount' })
    expect(warnings).toEqual([])
  })

  it('are the same text each time, with what to do next', () => {
    const psl = keysPsl(emptyMap('mysql'))
    expect(psl).toBe(keysPsl(emptyMap('mysql')))
    expect(psl).toMatch(/^\/\/ Written by `prisma-envelope sql --keys`, for mysql\.\n/)
    for (const step of ['1. Paste', '2. Run `prisma migrate dev`', '3. Deploy']) expect(psl).toContain(`// ${step}`)
    expect(psl).toContain('\n  section   Bytes     @db.VarBinary(6500)\n')
    expect(psl).not.toMatch(/[ \t]$/m)
  })

  it.each<[string, string, string[]]>([
    ['models', 'model DataKey {\n id Int @id\n}', ['EnvelopeDataKey', 'EnvelopeDataKeyCount']],
    [
      'tables, in any letter case',
      'model A {\n id Int @id\n @@map("datakeycount")\n}',
      ['EnvelopeDataKey', 'EnvelopeDataKeyCount'],
    ],
    [
      'enums',
      'model A {\n id Int @id\n k DataKey\n}\nenum DataKey {\n X\n}',
      ['EnvelopeDataKey', 'EnvelopeDataKeyCount'],
    ],
    [
      'both',
      'model DataKey {\n id Int @id\n}\nmodel EnvelopeDataKey {\n id Int @id\n}',
      ['EnvelopeDataKey3', 'EnvelopeDataKey3Count'],
    ],
  ])('have names that are not those of %s of the schema', async (_, blocks, expected) => {
    const psl = keysPsl(await mapOf(blocks))
    expect(namesIn(psl)).toEqual(expected)
    await expect(mapOf(`${blocks}\n${psl}`)).resolves.toMatchObject({ keyTable: { keys: expected[0] } })
  })

  it('are in a database schema where every model must be', async () => {
    const blocks = 'model A {\n id Int @id\n @@schema("app")\n}'
    const psl = keysPsl(await mapOf(blocks, 'postgresql', 'schemas = ["app", "base"]'))
    expect(psl.match(/@@schema\("app"\)/g)).toHaveLength(2)
    expect(psl).toContain('//    Write the database schema that they belong in')
    const both = await mapOf(`${blocks}\n${psl}`, 'postgresql', 'schemas = ["app", "base"]')
    expect(both.models.DataKey?.schema).toBe('app')
    expect(keysPsl(await mapOf(patient('')))).not.toContain('schema(')
  })

  it('are not printed a second time', async () => {
    const map = await mapOf(keysPsl(emptyMap('postgresql')).replaceAll('DataKey', 'Key'))
    const psl = keysPsl(map)
    expect(psl).toContain('The schema has a key table already: the models Key and KeyCount.')
    expect(namesIn(psl)).toEqual([])
  })

  it('are not known for another database', () => {
    expect(() => keysPsl(emptyMap('mongodb'))).toThrow(
      /database "mongodb", which is not supported\. Supported databases are /,
    )
  })
})

describe('prisma-envelope sql --keys', () => {
  it('prints them for the database of the model map', async () => {
    const folder = 'test/generated/sqlite/encryption'
    const { code, out, err } = await runCommand(['sql', '--keys', '--models', folder])
    expect([code, err]).toEqual([0, ''])
    expect(out).toBe(keysPsl({ ...emptyMap('sqlite') }))
  })
})

describe('the model of the jobs', () => {
  it.each(providers)('is what Prisma and the generator accept, on %s, beside a key table', async (provider) => {
    const psl = `${keysPsl(emptyMap(provider))}\n${jobsPsl(emptyMap(provider))}`
    const { map, warnings } = await compilePsl(psl, { provider, withSource: true })
    expect(map).toMatchObject({ jobs: 'EnvelopeJob', keyTable: { keys: 'DataKey', counts: 'DataKeyCount' } })
    expect(warnings).toEqual([])
  })

  it('has a name that is not taken, and is not printed where the schema has one', async () => {
    const map = await mapOf('model EnvelopeJob {\n id Int @id\n}')
    expect(jobsPsl(map)).toContain('\nmodel EnvelopeJob2 {')
    const with2 = await mapOf(jobsPsl(emptyMap('postgresql')))
    expect(jobsPsl(with2)).toContain('The schema has a model for jobs already: EnvelopeJob.')
  })

  it('says what is wrong with one: a field, a second one, or one that is of the key table too', async () => {
    const psl = jobsPsl(emptyMap('postgresql'))
    await expect(mapOf(psl.replace(/^ {2}state.*\n/m, ''))).rejects.toThrow(/it has no field `state`/)
    await expect(mapOf(psl.replace('state     Bytes', 'state     String'))).rejects.toThrow(/must be `Bytes`/)
    const second = psl.replaceAll('EnvelopeJob', 'Another')
    await expect(mapOf(`${psl}\n${second}`)).rejects.toThrow(/a schema has one of these/)
    const both = psl.replace('/// @encrypted.jobs', '/// @encrypted.jobs\n/// @encrypted.keyCounts')
    await expect(mapOf(both)).rejects.toThrow(/cannot be two of this package's models/)
  })

  it('may come and go: the lock file does not know it', async () => {
    const encrypted =
      'model A {\n id Int @id\n tenantId String /// @encrypted.tenant\n email String @db.Text /// @encrypted\n}'
    const { lock } = await compilePsl(`${encrypted}\n${jobsPsl(emptyMap('postgresql'))}`)
    await expect(compilePsl(encrypted, { lock })).resolves.toMatchObject({ warnings: [] })
  })
})
