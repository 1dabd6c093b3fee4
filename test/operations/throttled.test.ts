import { expect, test } from 'vitest'
import type { WrappedKey } from '../../src/envelope/index.js'
import type { DataKey } from '../../src/keys/index.js'
import type { IndexField, SealLeaf, TokenLeaf } from '../../src/leaves/index.js'
import { KmsThrottle, Throttle } from '../../src/operations/index.js'

/** One call in a second, of a clock that only waiting moves. */
function oneASecond() {
  let now = 0
  const wait = async (milliseconds: number): Promise<void> => {
    now += milliseconds
  }
  const timer = { now: () => now, wait }
  return { throttle: new KmsThrottle(new Throttle(1, timer), undefined), seconds: () => now / 1_000 }
}

const sealLeaf = (tenant: string) => ({ tenant }) as SealLeaf
const tokenLeaf = (tenant: string | undefined) => ({ tenant, index: {} as IndexField }) as TokenLeaf

test('each data key that is opened for the first time waits its turn', async () => {
  const { throttle, seconds } = oneASecond()
  const asked: string[] = []
  const keys = throttle.keys({
    forOpening(id) {
      asked.push(id)
      return {} as DataKey
    },
  })
  for (const id of ['a', 'a', 'b', 'b', 'c']) await keys.forOpening(id, 'acme', {} as WrappedKey)
  expect(seconds()).toBe(2)
  expect(asked).toEqual(['a', 'a', 'b', 'b', 'c'])
})

test('so do the keys that a tenant is sealed and indexed under', async () => {
  const { throttle, seconds } = oneASecond()
  const done: string[] = []
  const { seal, fillTokens } = throttle.sealing({
    seal: (leaves) => void done.push(`${leaves.length} sealed at ${seconds()}`),
    fillTokens: (leaves) => void done.push(`${leaves.length} indexed at ${seconds()}`),
  })
  await seal(['acme', 'globex', 'acme'].map(sealLeaf))
  expect(seconds()).toBe(1)
  await fillTokens(['acme', 'globex'].map(tokenLeaf))
  expect(seconds()).toBe(3)
  // One key for all tenants.
  await fillTokens([undefined, undefined].map(tokenLeaf))
  expect(seconds()).toBe(4)
  await seal([sealLeaf('acme')])
  await fillTokens([undefined, 'globex'].map(tokenLeaf))
  expect(seconds()).toBe(4)
  expect(done).toEqual([
    ...['2 sealed at 0', '1 sealed at 1', '1 indexed at 2', '1 indexed at 3', '2 indexed at 4'],
    ...['1 sealed at 4', '1 indexed at 4', '1 indexed at 4'],
  ])
})
