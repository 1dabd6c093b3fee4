import { beforeEach, describe, expect, test } from 'vitest'
import { suites } from '../../src/envelope/index.js'
import { DataKeys } from '../../src/keys/index.js'
import { localKms } from '../../src/kms/local-kms/index.js'
import type { EncryptedField, OpenLeaf } from '../../src/leaves/index.js'
import { SealedTexts, sealLeaves } from '../../src/leaves/index.js'
import type { Plain } from '../../src/prisma/query/index.js'
import { valueTypes } from '../../src/values/index.js'
import { columnsOf } from '../support/open-columns.js'

const field = (name: string, type: EncryptedField['type'] = valueTypes.text): EncryptedField => ({
  model: 'Patient',
  field: name,
  logicalModel: 'Patient',
  logicalField: name,
  type,
  list: false,
})
const ssn = field('ssn')
const email = field('email')

const kms = localKms()
await kms.createKey({ alias: 'alias/a' })
const keys = new DataKeys({ app: 'test', kms: kms.provider, cmk: 'alias/a' })

let texts: SealedTexts
beforeEach(() => {
  texts = new SealedTexts()
})

/** Seals a value and gives its envelope. */
async function seal(value: unknown, of = ssn, tenant = 'acme'): Promise<unknown> {
  const holder: Plain = { value }
  await sealLeaves([{ holder, key: 'value', field: of, tenant }], keys, suites['aes-256-gcm'], texts)
  return holder.value
}

const leaf = (stored: unknown, of = ssn, tenant = 'acme'): OpenLeaf => ({
  holder: { value: stored },
  key: 'value',
  field: of,
  tenant,
})

const found = (...leaves: OpenLeaf[]) => {
  const columns = columnsOf(leaves)
  const known = texts.takeFrom(columns.all)
  expect(columns.size).toBe(leaves.length - known.length)
  expect(known.map(({ holder }) => holder)).not.toContain(undefined)
  return known.map(({ text }) => text)
}

describe('what a call has sealed', () => {
  test('is known by its envelope, in the same field and for the same tenant', async () => {
    const [first, second] = [await seal('one'), await seal('two', email)]
    expect(found(leaf(second, email), leaf(first))).toEqual(['two', 'one'])
  })

  test('is not known in another field, nor for another tenant', async () => {
    const envelope = await seal('one')
    expect(found(leaf(envelope, email), leaf(envelope, ssn, 'globex'))).toEqual([])
  })

  test('is not known where the envelope is another one, by even a character', async () => {
    const envelope = String(await seal('one'))
    const last = envelope.length - 1
    const altered = `${envelope.slice(0, last)}${envelope[last] === 'A' ? 'B' : 'A'}`
    const elsewhere = new SealedTexts()
    const holder: Plain = { value: 'one' }
    await sealLeaves([{ holder, key: 'value', field: ssn, tenant: 'acme' }], keys, suites['aes-256-gcm'], elsewhere)
    expect(found(leaf(altered), leaf(holder.value), leaf('one'), leaf(null))).toEqual([])
  })

  test('is not kept if it is not text', async () => {
    const json = await seal({ a: 1 }, field('notes', valueTypes.json))
    const bytes = await seal(new Uint8Array([1]), field('photo', valueTypes.bytes))
    expect(found(leaf(json, field('notes', valueTypes.json)), leaf(bytes, field('photo', valueTypes.bytes)))).toEqual(
      [],
    )
  })

  test('is held for a few values only', async () => {
    const envelopes = await Promise.all(Array.from({ length: 20 }, (_, i) => seal(`${i}`)))
    expect(found(...envelopes.slice(12).map((envelope) => leaf(envelope)))).toEqual([])
    expect(found(...envelopes.slice(0, 8).map((envelope) => leaf(envelope)))).toHaveLength(8)
  })
})
