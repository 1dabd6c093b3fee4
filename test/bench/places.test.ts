import { describe, expect, it } from 'vitest'
import { spentIn } from '../../bench/profile/places.js'

const SOURCES = {
  prisma: 'file:///app/node_modules/@prisma/client/runtime/client.js',
  pg: 'file:///app/node_modules/pg-protocol/dist/parser.js',
  ours: 'file:///app/bench/.tmp-libraries/accelerator/dist/index.js',
  bench: 'file:///app/bench/scenarios.ts',
}

type Tree = [functionName: string, url: string, ms: number, ...children: Tree[]]

/** A profile with one sample for each function that took time. */
function profileOf(tree: Tree): Parameters<typeof spentIn>[0] {
  const nodes: Parameters<typeof spentIn>[0]['nodes'] = []
  const samples: number[] = []
  const timeDeltas: number[] = []
  const add = ([functionName, url, ms, ...below]: Tree): number => {
    const id = nodes.length + 1
    const node = { id, callFrame: { functionName, url, scriptId: '0', lineNumber: 0, columnNumber: 0 } }
    nodes.push(node)
    if (ms > 0) {
      samples.push(id)
      timeDeltas.push(ms * 1_000)
    }
    Object.assign(node, { children: below.map(add) })
    return id
  }
  add(tree)
  return { nodes, samples, timeDeltas, startTime: 0, endTime: 0 }
}

describe('a profile', () => {
  it('counts what is built in for the code that called it', () => {
    const { places, functions, inPrisma } = spentIn(
      profileOf([
        '(root)',
        '',
        0,
        ['(idle)', '', 5],
        ['(garbage collector)', '', 2],
        ['(program)', '', 1],
        ['onread', 'node:internal/stream_base_commons', 1, ['parse', SOURCES.pg, 3, ['toString', 'node:buffer', 4]]],
        [
          'call',
          SOURCES.bench,
          1,
          ['_request', SOURCES.prisma, 6, ['wasm-function[1]', 'wasm://wasm/1', 7]],
          ['open', SOURCES.ours, 8, ['', SOURCES.ours, 1, ['decrypt', '', 2]], ['decode', SOURCES.ours, 3]],
        ],
      ]),
    )
    expect(Object.fromEntries(places)).toMatchObject({
      'waiting for PostgreSQL': 5,
      'collecting garbage': 2,
      'Node.js': 2,
      'the driver, pg': 7,
      'the benchmark': 1,
      Prisma: 13,
      'this library': 14,
    })
    expect(Object.fromEntries(functions)).toEqual({ open: 11, decode: 3 })
    expect(Object.fromEntries(inPrisma)).toEqual({ _request: 13 })
  })
})
