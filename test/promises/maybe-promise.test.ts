import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { allSettled, andThen, isPromise, isThenable } from '../../src/promises/maybe-promise.js'
import { thenable } from './thenable.js'

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

describe('allSettled', () => {
  const failing = (message: string) => () => Promise.reject<void>(new Error(message))
  const throwing = (message: string) => () => {
    throw new Error(message)
  }

  it('waits for nothing where both are done', () => {
    expect(allSettled([() => {}, () => {}])).toBeUndefined()
  })

  it('waits for the one that is not done', async () => {
    await expect(allSettled([() => {}, failing('second')])).rejects.toThrow('second')
    await expect(allSettled([failing('first'), () => {}])).rejects.toThrow('first')
  })

  it('waits for both, also where one fails, and throws what the first failed with', async () => {
    let done = false
    const slow = () =>
      new Promise<void>((_, reject) => {
        setTimeout(() => {
          done = true
          reject(new Error('second'))
        }, 20)
      })
    await expect(allSettled([failing('first'), slow])).rejects.toThrow('first')
    expect(done).toBe(true)
  })

  it('throws at once what the first throws at once, and does not begin the second', () => {
    let begun = false
    const second = () => {
      begun = true
    }
    expect(() => allSettled([throwing('first'), second])).toThrow('first')
    expect(() => allSettled([() => {}, throwing('second')])).toThrow('second')
    expect(begun).toBe(false)
  })

  it('leaves no rejection of the first unhandled where the second throws at once', async () => {
    await expect(allSettled([failing('first'), throwing('second')])).rejects.toThrow('first')
    let done = false
    const slow = () =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          done = true
          resolve()
        }, 20)
      })
    await expect(allSettled([slow, throwing('second')])).rejects.toThrow('second')
    expect(done, 'and waits for it').toBe(true)
  })
})

describe('a value that is on its way', () => {
  it.each<[string, unknown]>([
    ['a promise', Promise.resolve(1)],
    ['a promise of another realm', runInNewContext('Promise.resolve(1)')],
    ['a library’s promise', thenable(1)],
    ['a function that is one', thenable(1, () => {})],
  ])('is %s', (_what, value) => {
    expect(isThenable(value)).toBe(true)
    expect(isPromise(value)).toBe(true)
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'then'],
    ['a function', () => {}],
    ['an object with something else under that name', Object.fromEntries([['then', true]])],
  ])('is not %s', (_what, value) => {
    expect(isThenable(value)).toBe(false)
    expect(isPromise(value)).toBe(false)
  })
})
