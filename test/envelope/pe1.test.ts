import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { authenticatedData } from '../../src/envelope/authenticated-data.js'
import { authenticatedHead } from '../../src/envelope/format.js'
import {
  appTag,
  authenticatedBytes,
  dataKeyId,
  decodeText,
  encodePrefix,
  encodeWrappedKey,
  encryptionContext,
  openMessages,
  parseEnvelope,
  prefixOf,
  rewrapEnvelope,
  type SuiteName,
  sealingKey,
  suites,
  wrappedKeyOf,
  wrapTag,
} from '../../src/envelope/index.js'
import { valueTypes } from '../../src/values/index.js'
import { codeOf } from './support/errors.js'
import { allSuites, keyFor } from './support/sealed.js'
import { hex, readVectors } from './support/vectors.js'

interface FrozenEnvelope {
  suite: SuiteName
  placement: 'inline' | 'table'
  field: string
  valueType: keyof typeof valueTypes
  value: unknown
  plaintext: string
  authenticatedData: string
  text: string
}

interface FrozenKey {
  dataKey: string
  dataKeyId: string
  sealingKeys: Record<SuiteName, string>
  app: string
  appTag: string
  tenant: string
  scope: string
  createdHour: number
  encryptionContext: Record<string, string>
  cmkArn: string
  keyMaterialId: string | null
  blob: string
  wrapTag: string
  section: string
  model: string
  envelopes: FrozenEnvelope[]
}

interface Refused {
  what: string
  code: string
  text: string
}

const { keys, refused } = readVectors<{ keys: FrozenKey[]; refused: { envelopes: Refused[] } }>('pe1.json')

/** The first bytes of the SHA-256 of each frozen vector. Lines may be added here, and never be changed or removed. */
const FROZEN = `
  48ad5d4da2a2253b f9a56743bd88620d b50bcfad23bdd847 dc94cc079e96e465 1895e2591d23ccc4 59d99fa71815a573
  4ca83bbdccd1e396 54af04e794ca888a 5b8903e32b50b069 15c3e5f0f36e9199 0fefe9810f8cb496 8bc0279fb7a6983c
  7eec0c5a61b0c0be bc2b243d8c6c8cfc 900610117157ad61 f91f7bac5ced2445 75c1c208d45a6a95 e3928dc127f8fba9
  45722c55d3fb4a46 14244ac17f19d20e 60fa3bd2ac1b6b40 15193628cfa0d88c 180262780d019c02 62999540a13dc5e6
  6d9263d7a11b7f09 b4d4c3d10ef6fe3f 36a153c7de7aa693 bcc8d56821953b88 7976a6c22c678b4f d182972d31a68d0d
  0d5960b1bc1ca817 c2f6144d8b5ba660 b61da60250f3a1d2 bc16024d7dabf586 0b085826241ced8c 52ec8e518255bca1
  77b1de4fe749bb0b fffe78ce01450d25 7a1ffc2d80929c59 29424f4aebff117d 23683540762f9cc5 12b5613f504674f6
  0ba3063da73c48de a57bb4ea591ff404 0e42df3cea02bc6d

  d7aa136c110f4d5a a7362c666e467962 8f7df47caa264014 22bebf4a475ece6d 7066d5f47b836509 d91822ace3426dd4
  d0ba1f74ab14e9fa a7e30e7eeebc2c5c 5278fc153bc60b21 e9d622b14554929b 1baf4a07be81452d adb26b21d985e86b
  e8150a3aacd83112 c56f9264c94f8ec6 6d214741715f5b9c 696e48fbdeb80fd8 6022e3ea46f0d6b2

  9a407618960e46d2 98801fd19857ecea a2ab0aa39505fce5 83c858b17ce7170e 7d7d355999853ea7 8d3b1b6b3198d465
  c0c761488ec9f9c0 a9b5ab4ed76e12d5 c1daab6f0b4d320e 82595016ff55130e 93110abc98896ada 8e99890a15684ff8
  aad8d1b61ee1e375 601ccf125985f968 91020834cde18d05 f058f8bb74191ee9 4b9fcb5e06f8d25b 027cdeb34a106d9f
  623da9e402966f1d ccb4dad94bc04a19 a9214a507c745e68 931540c244da6761 459fd474fb48e8ea 3d00357ee5f2319f
  1588296073ec45ac b4355fa9d162a40c 39defe640df2a754 df8abae7cced43cb 0e24682b14885a2a 5aa7d7264152e9df
  f88b867c4fea6f42 c57507bdacf85b9e dcb352066bcdab34 7c71887a3a41023c fce798d78e9852cc 79d8297592e0429d
  ae65a6c432ce9025 b7fd95152a517f75 61f968f30f509a60 b8313dd346fd1a66 4ebc72b0f77e64ba 62287d97ed3659b2
  9346d142da902a1b 0ceaee653ddacdd9 cdf2698b899d7a65

  02cea582e31ab057 ec3273343aef8240 63fff23630b26941 45adbd1ba8d52a54 73e58c97a36e86f1 dc0788b1fbd9022b
  b02c2cb23cb9c71e fcc0cb901d80045e 1c923c864c41f3fe 28ab7b4b0a9fef67 18e7d6f4cd7433fd 7fd42c8e5601919d
  9194128b02a65364 b310534fe20f2006 539cb31156fcb228 40c8b9cf2bc4cdcb d50070b68709053e

  3d68c2d7f208dff7 01e7538bba6c0d03 25a9a2d0e206ac47 526f7f53ab37ccc5 e741b4169880af82 3d5173017b04c7cb
  1573d757ff590e45 9179c2a5e71f6a35 127716810ccfc43b a9d35bd86816fd76 1deefbd4abd68803 a46a2f18814618da
  fe8ea567dc5c74fd 2baaee2113cead2a 777ad84cb3d78f0b 1b0b3c77f307e995 fbe81dabd978046f
`

function digestOf(vector: object): string {
  return createHash('sha256').update(JSON.stringify(vector)).digest('hex').slice(0, 16)
}

beforeAll(() => suites['xchacha20-poly1305'].prepare())

describe('the frozen vectors of version 1', () => {
  it('are all there, as they were when they were frozen', () => {
    const there = [
      ...keys.flatMap(({ envelopes, ...key }) => [digestOf(key), ...envelopes.map(digestOf)]),
      ...refused.envelopes.map(digestOf),
    ]
    expect(FROZEN.trim().split(/\s+/)).toEqual(there)
  })

  it('cover each suite, placement and type, padded texts, and sections that end in 0, 1 and 2 zero bytes', () => {
    const kinds = keys.flatMap(({ envelopes }) =>
      envelopes.map(({ suite, placement, valueType }) => `${suite} ${placement} ${valueType}`),
    )
    expect(new Set(kinds).size).toBe(12)
    expect(keys.some(({ envelopes }) => envelopes.some(({ plaintext }) => plaintext.endsWith('ffff')))).toBe(true)
    const paddings = keys.map(({ section, blob }) => (section.length - section.indexOf(blob) - blob.length) / 2)
    expect([...new Set(paddings)].sort()).toEqual([0, 1, 2])
  })
})

describe.each(keys)('the frozen data key of $tenant', (frozen) => {
  const { app, tenant, scope, createdHour, model } = frozen
  const dataKey = hex(frozen.dataKey)
  const wrappedKey = {
    context: { appTag: appTag(app), tenant, scope, createdHour },
    wrapTag: wrapTag(frozen.cmkArn, frozen.keyMaterialId ?? undefined),
    blob: hex(frozen.blob),
  }

  it('has the same id and sealing keys as ever', () => {
    expect(dataKeyId(dataKey).toString('hex')).toBe(frozen.dataKeyId)
    for (const suite of allSuites)
      expect(sealingKey(dataKey, suite).toString('hex')).toBe(frozen.sealingKeys[suite.name])
  })

  it('is written as the same bytes as ever', () => {
    expect(appTag(app).toString(16).padStart(4, '0')).toBe(frozen.appTag)
    expect(wrappedKey.wrapTag.toString('hex')).toBe(frozen.wrapTag)
    expect(encodeWrappedKey(wrappedKey).toString('hex')).toBe(frozen.section)
  })

  it('is asked of KMS with the same encryption context as ever', () => {
    expect(encryptionContext(app, wrappedKey.context)).toEqual(frozen.encryptionContext)
  })

  it.each(frozen.envelopes)('opens the $valueType of $field, sealed with $suite, $placement', (vector) => {
    const envelope = parseEnvelope(decodeText(vector.text))
    const place = authenticatedBytes({ tenant, model, field: vector.field, valueType: vector.valueType })
    const carried = vector.placement === 'inline' ? wrappedKey : undefined
    expect(envelope.suite.name).toBe(vector.suite)
    expect(envelope.dataKeyId.toString('hex')).toBe(frozen.dataKeyId)
    expect(wrappedKeyOf(envelope)).toEqual(carried)
    expect(envelope.prefix).toEqual(encodePrefix(envelope.suite, dataKeyId(dataKey), carried))
    expect(authenticatedData(authenticatedHead(envelope.head), place).toString('hex')).toBe(vector.authenticatedData)
    const key = keyFor(envelope.suite, dataKey)
    const moved = rewrapEnvelope(vector.text, carried === undefined ? wrappedKey : undefined)
    for (const stored of [vector.text, decodeText(vector.text), moved]) {
      const { suite, prefix } = parseEnvelope(typeof stored === 'string' ? decodeText(stored) : Buffer.from(stored))
      const [opened] = openMessages(prefixOf({ suite, prefix }), key, place, valueTypes[vector.valueType].decode, [
        stored,
      ])
      expect(opened instanceof Uint8Array ? Buffer.from(opened).toString('hex') : opened).toEqual(vector.value)
    }
  })
})

describe('what version 1 refuses', () => {
  const [key] = keys
  const [first] = key?.envelopes ?? []
  if (key === undefined || first === undefined) throw new Error('there is no first vector')
  const place = authenticatedBytes({ tenant: key.tenant, model: key.model, field: first.field, valueType: 'text' })

  it.each(refused.envelopes)('$what', ({ code, text }) => {
    const open = () => {
      const envelope = parseEnvelope(decodeText(text))
      wrappedKeyOf(envelope)
      const suiteKey = keyFor(envelope.suite, hex(key.dataKey))
      return openMessages(prefixOf(envelope), suiteKey, place, valueTypes.text.decode, [text])
    }
    expect(codeOf(open)).toBe(code)
  })
})
