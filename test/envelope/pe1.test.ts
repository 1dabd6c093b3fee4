import { beforeAll, describe, expect, it } from 'vitest'
import { authenticatedData } from '../../src/envelope/authenticated-data.js'
import {
  authenticatedBytes,
  dataKeyId,
  decodeText,
  encodePrefix,
  encodeWrappedKey,
  encryptionContext,
  openMessages,
  parseEnvelope,
  prefixOf,
  type SuiteName,
  sealingKey,
  suites,
  wrappedKeyOf,
  wrapTag,
} from '../../src/envelope/index.js'
import { valueTypes } from '../../src/values/index.js'
import { allSuites, keyFor } from './support/sealed.js'
import { hex, readVectors } from './support/vectors.js'

interface FrozenKey {
  dataKey: string
  dataKeyId: string
  sealingKeys: Record<SuiteName, string>
  wrappedKey: {
    context: { app: string; tenant: string; scope: string; createdHour: number }
    cmkArn: string
    keyMaterialId?: string
    blob: string
  }
  encryptionContext: Record<string, string>
  wrappedKeySection: string
  wrapTag: string
  prefixes: Record<SuiteName, string>
  place: { tenant: string; model: string }
  envelopes: {
    suite: SuiteName
    field: string
    valueType: keyof typeof valueTypes
    value: unknown
    authenticatedData: string
    text: string
  }[]
}

const { keys } = readVectors<{ keys: FrozenKey[] }>('pe1.json')

beforeAll(() => suites['xchacha20-poly1305'].prepare())

describe('the frozen vectors of version 1', () => {
  it('are all there', () => {
    expect(keys.map(({ envelopes }) => envelopes.length)).toEqual([14, 6])
    const kinds = keys.flatMap(({ envelopes }) => envelopes.map(({ suite, valueType }) => `${suite} ${valueType}`))
    expect(new Set(kinds).size).toBe(6)
  })
})

describe.each(keys)('the frozen data key $dataKeyId', (frozen) => {
  const dataKey = hex(frozen.dataKey)
  const wrappedKey = { ...frozen.wrappedKey, blob: hex(frozen.wrappedKey.blob) }

  it('has the same id and sealing keys as ever', () => {
    expect(dataKeyId(dataKey).toString('hex')).toBe(frozen.dataKeyId)
    for (const suite of allSuites)
      expect(sealingKey(dataKey, suite).toString('hex')).toBe(frozen.sealingKeys[suite.name])
  })

  it('is written as the same bytes as ever', () => {
    const section = encodeWrappedKey(wrappedKey)
    const tag = wrapTag(wrappedKey.cmkArn, wrappedKey.keyMaterialId)
    expect(section.toString('hex')).toBe(frozen.wrappedKeySection)
    expect(tag.toString('hex')).toBe(frozen.wrapTag)
    for (const suite of allSuites) {
      expect(encodePrefix(suite, dataKeyId(dataKey), tag, section).toString('hex')).toBe(frozen.prefixes[suite.name])
    }
  })

  it('is asked of KMS with the same encryption context as ever', () => {
    expect(encryptionContext(wrappedKey.context)).toEqual(frozen.encryptionContext)
  })

  it.each(frozen.envelopes)('opens the $valueType of $field, sealed with $suite', (vector) => {
    const envelope = parseEnvelope(decodeText(vector.text))
    const place = authenticatedBytes({ ...frozen.place, field: vector.field, valueType: vector.valueType })
    expect(envelope.suite.name).toBe(vector.suite)
    expect(envelope.dataKeyId.toString('hex')).toBe(frozen.dataKeyId)
    expect(wrappedKeyOf(envelope)).toEqual(wrappedKey)
    expect(authenticatedData(envelope.head, place).toString('hex')).toBe(vector.authenticatedData)
    const key = keyFor(envelope.suite, dataKey)
    for (const stored of [vector.text, decodeText(vector.text)]) {
      const [opened] = openMessages(prefixOf(envelope), key, place, valueTypes[vector.valueType].decode, [stored])
      expect(opened instanceof Uint8Array ? Buffer.from(opened).toString('hex') : opened).toEqual(vector.value)
    }
  })
})
