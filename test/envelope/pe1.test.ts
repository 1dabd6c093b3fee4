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
import { allSuites, keyFor, openedAt, openedBatch } from './support/sealed.js'
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
  48ad5d4da2a2253b 728d0ccbec8d1e15 8f4a88af94e3c3ad 022043bc75d96aa8 aa3d423b4b5c290e ab021b4a381d8492
  567c9b7bca68e08f ba906e7248f7bb70 b64f9d008dc79e1e b6b006a1ce75d880 7f531aa0c219296d cb88d47101156693
  fa1b5b4f49060c72 a68d479b430b46e8 12db7a66c81933bf 394a685fe90ebe0d 11cb53a14e00f70a 2f0ec3ccb5a03779
  211f8c31bfef8df2 1228146a719d38f5 90a5828ae54e45ad a75582138a873b1c 615f49b9e47afa8d 671b331fd89886fa
  efe5e3fe2f1f0d85 90cc1bbafa3e1bef c3dca1bf654dbd20 735242b4ceaee909 164f6f17476a6e3f 24402dd4f70bb4f3
  97c23e08eb640901 7b89f76f68fc2731 34a8073a5cce9171 9680403e6fdca999 8db136ceff24cfeb 5ed0159248613371
  f76177502f5bff10 a0862bdd0d8aa317 4e28b3a9cd25560b 7c5ee54fed4b9b1c 28505fd8948d4114 6664a5d1d13e2c07
  cc58fa22b87a8565 5d1e6d5ffd3fa752 4a7696f05098330a aec924ac33b89012 b71af4e8bcd6f10b 658ff76f1581207b
  16254b951e9fd18d b813faed6b7aeeed b8cbddba28eda12e 399ebad6f32c2a89 05880c55a9796fad

  d7aa136c110f4d5a a21d3b8616fad0de a8e83dc529b34c90 002f0c395cab749b c3b6491e5ce0ec95 65deedf2007c9613
  d9ba2ffcb4a6e9f6 fb2f100c3fc818a4 c227d9f447174190 73b5d09eb4eb2c4e e8a1b03bf12d7ea2 e0d5b3e930ac8733
  6a86ccd16ba0c0ae 9cd9bae607ef4213 44ad6a606fbd1571 e989830aaa16044c 0d005812633e53ec

  9a407618960e46d2 966c205129949c63 2505f051f8a2258f bc55d0b48141f2bd 19a30305da34e6bd 256f5959a144a72c
  4d8767f33c75ba85 a129416104b6d343 c44e479f5835904f c43fd7acd48b60ce 840f527a92f659a6 d2331122d8a7f15e
  94cb1e8c2e3ab144 714a1a97b2719a0c edf1b7708cb69b6f 92bae4f4002f33d5 107a53e1c72628c5 1b94b2a795a03a8c
  fbe15528ff90a9a3 0394080e27cde1a4 c7ee1771fc13a813 7f5a8d3814da5401 9362935c046dd14a 389a9a80223375cb
  c9456cf9d6879ee2 a6f055450d16b9aa 8ac2639e776e80f0 21bbd5ce1d65f4b6 5048cb20662e31d7 f71a2671dd4deb16
  9afedc1828dc72a4 0cb8a8a545a1d5c9 78d1bbc8c5e3a8b5 3668a2ba0b6f443f 6e77f6e537fbd08b 7933331642a6ba4a
  6cf92c4fb7bd1e9a c9f1879166968c8e a1e6f96a02889476 e01e681efba376dc 64cf9a95ea153609 f1f79b7aa8878c2a
  ad17832ea75e2344 8371142add03abb3 fbfdfb96f950f5a8 e67b6250174ee1ec a619338f85b8abe2 5c30e48dcce2a121
  6acfc5027ed8d49b d27b8ff2045220d8 8b0cc8b6b88dfd73 5c54a3b7541b3937 f13111eb8f9ce8ea

  02cea582e31ab057 39bb6a15d9d34937 59482f2005006872 6f6a0f5e86b92bcf 3c030966a898625c 078fbeb1782d417f
  fa82c68002b0c039 03bb7031ecded732 25d7c2fc230793c3 ab5705ce0ca84af3 9b1ccf204c9075dd eeb9bd4db00d5fb1
  d037149fa8d78843 8aa26c271d0ccce4 e8d32562ced895fd 34f9458047a5fed1 4ae3b12ffd18f6c2

  a08ce53617826ab7 7a4cb222efb2126d a33001014219858e 2e1ac2e8f7e7da8e 4eb30f7cbdccc05c 94dfc80f909ddc86
  05fa206d32a9cd42 23bde58dde9fff69 bff03e9d5cb0fcbd a58bca0f2847b20e f9ff8b2e230df24f a76a3861a905105c
  0a450654073be96a 71c94dff2462800b 80c4def2284cd118 3df202098011977c 4d993f296014f308

  c5450edee4f3ac12 6aac649406f5668b 55ff53b530701464 c789281301c7a0dd 849935feb1951f1f 6e0140acc906c436
  58aef9b253c5b6f6 0f7b00caeebc42ed 85d626d27b347a76 44e0e30f5e10410f cf571c3afbd923c7 0c1b43d4e31d83a7
  783d4ba5079886a2 fed41555687acbd5 5f5db699796965aa 4419bbde9a90d91e 11bb33a3c6e26d69

  5d72e04f09d12758 aeb6ed00573bf589 f6d3b5e45a473b4b c789691ab7e5dd46 bd511bf76d6d24af 200c65b63bac82ed
  1ad68ae8a7472156 00e5fdb566bca743 bfbbe66b1beefdd8 a104996251117f1b 542736c3cfcc199e 72f619761ef045bb
  782f5c3161d862c9 0c96871a697c567d 3a9f35432b30054d b880f6458a429f5b 9b22f9016b220787

  a3c65739985a9871 346966c7af466694 65e503132ca32696 558ddf5e2db70546 1fe6956492ac48a2 321892d5fb2a922d
  3d98c7428af4ce7e b4948c5c035a3d30 9f018e30e84d646f cf5d4b4409819941 b8b2275298ec1c87 f37db3de465297fb
  adf44e4551eb5308 9297ac0f7481df53 c40a25945019590b 1170dac3b5f20a81 fec58c69f4b81c75 6c452979083312ec
  816a88d140824255 b7ba2bb5f6eed0a2 14eb757d7487a438 d41e077c728b6f54 4aabb2924d3d8a8f 7c35edc216f12501
  4f5064ee57f7266b
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
      const opened = openedAt(prefixOf({ suite, prefix }), key, place, valueTypes[vector.valueType], stored)
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
      return openedBatch(prefixOf(envelope), suiteKey, place, [text])
    }
    expect(codeOf(open)).toBe(code)
  })
})
