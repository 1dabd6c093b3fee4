import { describe, expect, it } from 'vitest'
import { andThen, bothSettled, isPromise } from '../../src/promises/maybe-promise.js'

describe('andThen', () => {
  it('continues synchronously with what is at hand, without a promise', () => {
    expect(andThen(1, (value) => value + 1)).toBe(2)
  })

  it('goes on with what is on its way once it is there', async () => {
    const answer = andThen(Promise.resolve(1), (value) => value + 1)
    expect(isPromise(answer)).toBe(true)
    expect(await answer).toBe(2)
  })

  it('passes a failure on, or to the handler', async () => {
    const failure = () => Promise.reject<number>(new Error('no'))
    await expect(andThen(failure(), (value) => value)).rejects.toThrow('no')
    expect(await andThen(failure(), String, String)).toBe('Error: no')
  })
})

describe('bothSettled', () => {
  it('waits for nothing where both are done', () => {
    expect(bothSettled(undefined, undefined)).toBeUndefined()
  })

  it('waits for the one that is not done', async () => {
    await expect(bothSettled(undefined, Promise.reject(new Error('second')))).rejects.toThrow('second')
    await expect(bothSettled(Promise.reject(new Error('first')), undefined)).rejects.toThrow('first')
  })

  it('waits for both, also where one fails, and throws what the first failed with', async () => {
    let done = false
    const slow = new Promise<void>((_, reject) => {
      setTimeout(() => {
        done = true
        reject(new Error('second'))
      }, 20)
    })
    await expect(bothSettled(Promise.reject(new Error('first')), slow)).rejects.toThrow('first')
    expect(done).toBe(true)
  })
})
