import { describe, expect, it } from 'vitest'
import { Candidates } from '../../../src/keys/flights/candidates.js'
import { keyError, settled, signal } from '../scripted-kms.js'

const fails = (code: 'ENVELOPE_KMS_INVALID_CIPHERTEXT' | 'ENVELOPE_KMS_UNAVAILABLE') => Promise.reject(keyError(code))

describe('candidates', () => {
  it('are tried one after another until one works, and no more', async () => {
    const candidates = new Candidates()
    for (const name of ['bad', 'good', 'better']) candidates.add(name)
    const tried: string[] = []
    const outcome = await candidates.first(async (name) => {
      tried.push(name)
      return name === 'bad' ? fails('ENVELOPE_KMS_INVALID_CIPHERTEXT') : name
    })
    expect([outcome, tried]).toEqual(['good', ['bad', 'good']])
    expect(candidates.failureOf('bad')?.code).toBe('ENVELOPE_KMS_INVALID_CIPHERTEXT')
    expect(candidates.failureOf('better')).toBeUndefined()
  })

  it('that are added while another is tried are tried as well, each once', async () => {
    const candidates = new Candidates()
    candidates.add('first')
    const late = signal()
    const tried: string[] = []
    const outcome = candidates.first(async (name) => {
      tried.push(name)
      if (name === 'first') await late.promise
      return name === 'third' ? name : fails('ENVELOPE_KMS_INVALID_CIPHERTEXT')
    })
    await settled()
    for (const name of ['first', 'second', 'second', 'third']) candidates.add(name)
    late.fire()
    expect(await outcome).toBe('third')
    candidates.add('first')
    expect(await candidates.first(async (name) => name).catch(() => 'nothing left')).toBe('nothing left')
    expect(tried).toEqual(['first', 'second', 'third'])
  })

  it('are not tried further in an outage, which is the fault of none', async () => {
    const candidates = new Candidates()
    for (const name of ['one', 'two']) candidates.add(name)
    let tried = 0
    const outcome = candidates.first(() => {
      tried += 1
      return fails('ENVELOPE_KMS_UNAVAILABLE')
    })
    await expect(outcome).rejects.toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE' })
    expect([tried, candidates.failed]).toEqual([1, 0])
  })

  it('are tried up to a bound', async () => {
    const candidates = new Candidates()
    for (let i = 0; i < 100; i++) candidates.add(String(i))
    let tried = 0
    const outcome = candidates.first(() => {
      tried += 1
      return fails('ENVELOPE_KMS_INVALID_CIPHERTEXT')
    }, 8)
    await expect(outcome).rejects.toMatchObject({ code: 'ENVELOPE_KMS_INVALID_CIPHERTEXT' })
    expect([tried, candidates.failed]).toEqual([8, 8])
  })
})
