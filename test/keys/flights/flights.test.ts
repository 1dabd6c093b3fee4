import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { appTag, wrapTag } from '../../../src/envelope/index.js'
import { DataKey, trustFromNow } from '../../../src/keys/data-key.js'
import { Flights } from '../../../src/keys/flights/flights.js'
import { timeLimit } from '../../../src/keys/gate/time-limit.js'
import { packWrappedKey } from '../../../src/keys/packed-wrapped-key.js'
import { MINUTE, manualClock } from '../manual-clock.js'
import { arn, signal } from '../scripted-kms.js'
import { isWhole } from '../using-keys.js'

function dataKey(): DataKey {
  const wrappedKey = {
    context: { appTag: appTag('test'), tenant: 'acme', scope: 'tenant', createdHour: 490_000 },
    wrapTag: wrapTag(arn('acme')),
    blob: Buffer.alloc(48, 7),
  }
  const trust = trustFromNow(manualClock(), { revalidate: MINUTE, grace: 0 })
  return new DataKey(
    { wrappedKey: packWrappedKey(wrappedKey), cmk: 'alias/acme' },
    'acme',
    new Uint8Array(randomBytes(32)),
    trust,
  ).lease()
}

const limit = () => timeLimit('acme', MINUTE)

describe('a flight', () => {
  it('is shared by all who ask for the same name before it ends, each with a lease of its own', async () => {
    const flights = new Flights()
    const answer = signal()
    const key = dataKey()
    let flown = 0
    const work = async () => {
      flown += 1
      await answer.promise
      key.retire()
      return key
    }
    const waiting = Array.from({ length: 50 }, () => flights.join('k', limit(), work))
    answer.fire()
    const given = await Promise.all(waiting)
    expect(flown).toBe(1)
    for (const each of given) {
      expect(isWhole(each)).toBe(true)
      each.release()
    }
    expect(key.wiped, 'the flight’s own lease has ended').toBe(true)
  })

  it('is not shared by those who ask for another name, nor by those who come after it', async () => {
    const flights = new Flights()
    let flown = 0
    const work = async () => {
      flown += 1
      return dataKey()
    }
    await Promise.all([flights.join('a', limit(), work), flights.join('b', limit(), work)])
    await flights.join('a', limit(), work)
    expect(flown).toBe(3)
  })

  it('fails for all who wait, and is flown again by the next', async () => {
    const flights = new Flights()
    let flown = 0
    const work = async () => {
      flown += 1
      throw new Error(`flight ${flown} failed`)
    }
    const outcomes = await Promise.allSettled([flights.join('a', limit(), work), flights.join('a', limit(), work)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(flown).toBe(1)
    await expect(flights.join('a', limit(), work)).rejects.toThrow('flight 2 failed')
  })
})
