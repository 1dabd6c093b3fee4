import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { encodeText, suites } from '../../../src/envelope/index.js'
import { compileModels, ownRows, refuseSealedGroups } from '../../../src/prisma/query/index.js'
import { sealed } from '../../envelope/support/sealed.js'
import { compilePsl } from '../../schema/compile-psl.js'
import { newWalk } from './new-walk.js'

const blocks = (annotation: string): string => `
model Patient {
  id    Int    @id
  email String ${annotation}
  cards Card[]
}
view Card {
  id        Int      @unique
  name      String
  names     String[]
  document  Json
  photo     Bytes
  photos    Bytes[]
  since     DateTime
  patientId Int
  patient   Patient  @relation(fields: [patientId], references: [id])
}`

const { map } = await compilePsl(blocks('/// @encrypted'), { withSource: true })
const models = compileModels(map)

const binary = new Uint8Array(sealed(suites['aes-256-gcm']))
const text = encodeText(Buffer.from(binary))

/** What the walk over a result gives, or throws. */
const walk = (result: unknown, model = 'Card', of = models): unknown =>
  ownRows(newWalk({ models: of, fallback: 'acme' }), of.get(model), undefined, result)

const refused = (field: string) => expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID', model: 'Card', field })

describe('a row of a view is refused where it holds', () => {
  test.each<[string, string, unknown]>([
    ['the text of an envelope', 'name', text],
    ['text that begins like one', 'name', 'pe1:'],
    ['that of a later version', 'name', 'pe2:AAAA'],
    ['a sealed Json value that was cast to text', 'name', JSON.stringify(text)],
    ['an element of a list', 'names', ['plain', text]],
    ['a sealed Json value', 'document', text],
    ['a document that was made of columns', 'document', { rows: [{ id: 1, email: ['x', [text]] }] }],
    ['a document that was grouped by a column', 'document', { [text]: 3 }],
    ['the bytes of an envelope', 'photo', binary],
    ['text as bytes', 'photo', Uint8Array.from(Buffer.from(text))],
    ['bytes in a list', 'photos', [Uint8Array.of(1), binary]],
  ])('%s', (_what, field, value) => {
    expect(() => walk([{ id: 1 }, { id: 2, [field]: value }])).toThrow(refused(field))
    expect(() => walk({ id: 1, cards: [{ [field]: value }] }, 'Patient')).toThrow(refused(field))
    expect(() => refuseSealedGroups(models.get('Card'), [{ _min: { [field]: value } }])).toThrow(refused(field))
  })

  test('however deep in a document', () => {
    let document: unknown = text
    for (let depth = 0; depth < 100_000; depth++) document = [document]
    expect(() => walk({ document })).toThrow(refused('document'))
  })
})

test("the error shows no ciphertext, not in the view's key either", () => {
  const find = (key: Record<string, string>) => () => ({ path: [3], key })
  const errorOf = (key: Record<string, string>): unknown => {
    const refusing = newWalk({ models }, { find: find(key) })
    try {
      return ownRows(refusing, models.get('Card'), undefined, { name: text })
    } catch (error) {
      return error
    }
  }
  expect(errorOf({ id: '1' })).toMatchObject({ path: [3], key: { id: '1' } })
  const error = errorOf({ id: '1', name: text })
  expect(error).toMatchObject({ path: [3] })
  expect(error).not.toHaveProperty('key')
  expect(inspect(error)).not.toContain(text.slice(0, 8))
})

test('what only resembles an envelope leaves a view as it is', () => {
  const head = binary.slice(0, 2)
  const rows = [
    { name: 'a pe1: b', names: [], document: { 'x pe1:': 'pe:', n: 1, none: null }, photo: head, photos: [] },
    { name: 'PE1:', document: null, photo: Uint8Array.from([...head, ...new Uint8Array(200)]), since: new Date() },
    { name: undefined },
  ]
  expect(walk(rows)).toBe(rows)
  expect(() => refuseSealedGroups(models.get('Card'), [{ name: 'a', _count: 2, _max: { name: 'b' } }])).not.toThrow()
  expect(() => refuseSealedGroups(models.get('Card'), 3)).not.toThrow()
})

test('encrypted rows behind a view are opened as behind a model', () => {
  const row = { name: 'a', patient: { email: text } }
  const opening = newWalk({ models, bound: 'acme' })
  const own = ownRows(opening, models.get('Card'), undefined, row)
  expect(opening.leaves.all).toMatchObject([{ keys: ['email'], tenant: 'acme' }])
  expect(own).not.toBe(row)
})

describe('is looked at', () => {
  test('neither a model', () => {
    const row = { id: 1, email: null, name: text }
    expect(walk(row, 'Patient')).toBe(row)
    expect(models.get('Patient').unopened).toBeUndefined()
  })

  test('nor a view of a schema without encrypted fields', async () => {
    const plain = compileModels((await compilePsl(blocks(''), { withSource: true })).map)
    expect(plain.get('Card')).toMatchObject({ unopened: undefined, concerned: false, reaches: false })
  })

  test('nor a view that an older model map does not mark', async () => {
    const older = compileModels((await compilePsl(blocks('/// @encrypted'))).map)
    const row = { name: text }
    expect(walk(row, 'Card', older)).toBe(row)
  })
})
