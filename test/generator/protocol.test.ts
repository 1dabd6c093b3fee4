import { describe, expect, it } from 'vitest'
import { talk } from './in-process.js'

describe('the generator process', () => {
  it('introduces itself', async () => {
    const { replies } = await talk([{ jsonrpc: '2.0', id: 7, method: 'getManifest', params: {} }])
    expect(replies).toEqual([
      {
        jsonrpc: '2.0',
        id: 7,
        result: {
          manifest: {
            prettyName: 'prisma-envelope',
            version: '1.2.3',
            defaultOutput: '../generated/encryption',
            requiresGenerators: [],
          },
        },
      },
    ])
  })

  it('answers in order, and continues after a request that it does not understand', async () => {
    const { replies } = await talk([
      '',
      'not JSON',
      '7',
      { id: 1 },
      { id: 2, method: 'other' },
      { id: 3, method: 'getManifest' },
    ])
    expect(replies.map(({ id, error }) => [id, error?.message])).toEqual([
      [null, 'not a JSON-RPC request'],
      [null, 'not a JSON-RPC request'],
      [null, 'not a JSON-RPC request'],
      [2, 'unknown generator method "other"'],
      [3, undefined],
    ])
  })

  it.each([
    [null, 'params'],
    [{}, 'generator'],
    [{ generator: { name: 'e' }, dmmf: {} }, 'dmmf.datamodel'],
    [{ generator: { name: 'e' }, dmmf: { datamodel: { models: [] } } }, 'dmmf.datamodel.enums'],
  ])('says which part of a request it does not understand: %j', async (params, part) => {
    const { error } = await talk([{ jsonrpc: '2.0', id: 1, method: 'generate', params }])
    expect(error).toBe(
      `Prisma sent no \`${part}\` that prisma-envelope understands. Use a version of Prisma that it supports: ^6.19 or ^7.`,
    )
  })
})
