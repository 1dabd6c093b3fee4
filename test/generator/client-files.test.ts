import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it as base, describe, expect, test } from 'vitest'
import { replaceAll } from '../../src/generator/files.js'
import { clientFiles, clientGenerators, runsBefore } from '../../src/generator/types-patch/clients.js'
import { restrictionsOf } from '../../src/generator/types-patch/restrictions.js'
import { selectorsOf } from '../../src/generator/types-patch/selectors.js'
import { compilePsl } from '../schema/compile-psl.js'
import { patchModels } from './patch-schema.js'

const it = base.extend<{ folder: string }>({
  folder: async ({ onTestFinished }, use) => {
    const folder = await mkdtemp(join(import.meta.dirname, '.tmp-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await use(folder)
  },
})

describe('the selectors of a schema', () => {
  it('are the sources of unique index columns, once each, alone and in compounds', async () => {
    const { map } = await compilePsl(patchModels)
    const badge = { index: 'badgeIndex', source: 'badge', sourceType: 'Bytes' }
    const iban = { index: 'ibanIndex', source: 'iban', sourceType: 'String' }
    const bic = { index: 'bicIndex', source: 'bic', sourceType: 'String' }
    expect(selectorsOf(map)).toEqual([
      {
        model: 'Patient',
        keys: ['id', 'emailIndex', 'emailGlobal', 'badgeIndex'],
        singles: [{ index: 'emailIndex', source: 'email', sourceType: 'String' }, badge],
        compounds: [],
      },
      {
        model: 'Account',
        keys: ['orgId_number', 'orgId_ibanIndex', 'byBoth'],
        singles: [],
        compounds: [
          { name: 'orgId_ibanIndex', fields: ['orgId', 'ibanIndex'], selectors: [iban] },
          { name: 'byBoth', fields: ['ibanIndex', 'bicIndex'], selectors: [iban, bic] },
        ],
      },
    ])
  })
})

describe('the restrictions of a schema', () => {
  it('say what of each encrypted field can be answered, and which index columns a create need not have', async () => {
    const { map } = await compilePsl(patchModels)
    const login = map.models.Patient?.fields.badgeIndex
    if (map.models.Patient === undefined || login?.kind !== 'scalar') throw new Error('the schema has changed')
    const { optional: _optional, ...badgeIndex } = login
    const Patient = { ...map.models.Patient, fields: { ...map.models.Patient.fields, badgeIndex } }
    const restrictions = restrictionsOf({ ...map, models: { ...map.models, Patient } })
    expect([...restrictions.keys()]).toEqual(['Patient', 'Account', 'Note'])
    expect(restrictions.get('Patient')).toEqual({
      model: 'Patient',
      fields: new Map([
        ['email', 'equality in any case'],
        ['badge', 'equality'],
      ]),
      computed: new Set(['badgeIndex']),
    })
    expect(restrictions.get('Account')?.computed).toEqual(new Set())
    expect(restrictions.get('Note')?.fields).toEqual(
      new Map([
        ['body', 'null'],
        ['hint', 'null'],
        ['meta', 'null document'],
        ['words', 'emptiness'],
      ]),
    )
  })
})

test.each([
  ['lowercase', {}, 'null'],
  [undefined, {}, 'equality'],
  [undefined, { folds: true }, 'null'],
] as const)(
  'of a legacy field only what its column answers as exactly, and no unique input',
  async (normalizer, more, email) => {
    const { map } = await compilePsl(patchModels)
    const own = structuredClone(map) as unknown as { models: { Patient: { fields: Record<string, object> } } }
    for (const entry of Object.values(own.models.Patient.fields) as { encrypted?: object; index?: object }[]) {
      if (entry.encrypted !== undefined) Object.assign(entry.encrypted, { legacy: { until: '2027-03-01', ...more } })
      if (entry.index !== undefined)
        Object.assign(entry.index, { normalize: normalizer === undefined ? [] : [normalizer] })
    }
    const legacy = own as unknown as typeof map
    expect(selectorsOf(legacy).map(({ model }) => model)).not.toContain('Patient')
    // The database cannot tell bytes from an envelope.
    expect(restrictionsOf(legacy).get('Patient')?.fields).toEqual(
      new Map([
        ['email', email],
        ['badge', 'null'],
      ]),
    )
  },
)

describe('the files of a client', () => {
  const client = (provider: string, config = {}) => ({ name: 'client', provider, output: '/app/client', config })

  it('have the extension that the client generator was configured with', () => {
    const files = (config: object) => clientFiles(client('prisma-client', config), ['Patient']).map(({ file }) => file)
    expect(files({})).toEqual([join('/app/client/models/Patient.ts')])
    expect(files({ generatedFileExtension: 'mts' })).toEqual([join('/app/client/models/Patient.mts')])
  })

  it('are those of client generators only', () => {
    const other = client('prisma-erd-generator')
    expect(clientGenerators([other, client('prisma-client'), client('toString')])).toEqual([client('prisma-client')])
    expect(clientFiles(other, ['Patient'])).toEqual([])
  })

  it('exist if the client’s generator is above ours', () => {
    const schema = 'generator a {\n}\n\n  generator b{\n}\n// generator c {\n'
    expect([runsBefore(schema, 'a', 'b'), runsBefore(schema, 'b', 'a')]).toEqual([true, false])
    expect([runsBefore(schema, 'c', 'a'), runsBefore('', 'a', 'b')]).toEqual([false, false])
  })
})

describe('replacing files', () => {
  it('replaces all or none, and leaves no temporary file', async ({ folder }) => {
    const file = (name: string) => join(folder, name)
    await writeFile(file('a'), 'old')
    await expect(
      replaceAll([
        { file: file('a'), text: 'new' },
        { file: file('b'), text: 'new' },
      ]),
    ).rejects.toThrow('ENOENT')
    expect([await readFile(file('a'), 'utf8'), await readdir(folder)]).toEqual(['old', ['a']])

    await writeFile(file('b'), 'old')
    await replaceAll([
      { file: file('a'), text: 'new' },
      { file: file('b'), text: 'newer' },
    ])
    expect(await Promise.all(['a', 'b'].map((name) => readFile(file(name), 'utf8')))).toEqual(['new', 'newer'])
    expect(await readdir(folder)).toEqual(['a', 'b'])
  })
})
