import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { wrapTag } from '../../src/envelope/index.js'
import { EnvelopeKeyError } from '../../src/errors.js'
import { UnwrapFailures } from '../../src/keys/failures/unwrap-failures.js'
import { collectGarbage } from '../support/garbage.js'
import { manualClock } from './manual-clock.js'
import { arn } from './scripted-kms.js'
import { forged, open, type Reference, rig, sealedElsewhere } from './using-keys.js'

/** Control characters, escape codes, bidirectional marks, and 50 KB of them. */
const NASTY = `\r\n\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e\u2066\u2028\u0000`
const hostileArn = (serial: number) => `arn:aws:kms:x:1:key/${serial}${NASTY}${'x'.repeat(50_000)}`

function hostile(reference: Reference, serial: number): Reference {
  const row = forged(reference, serial)
  return { ...row, wrappedKey: { ...row.wrappedKey, wrapTag: wrapTag(hostileArn(serial)) } }
}

const errorOf = (call: Promise<void>) =>
  call.then(
    () => Promise.reject(new Error('opened')),
    (error: unknown) => error as EnvelopeKeyError,
  )

describe('a row whose CMK has a hostile name', () => {
  it.each([
    ['one alias', 'alias/acme', 'ENVELOPE_KMS_INVALID_CIPHERTEXT'],
    ['a key ARN', arn('alias-acme'), 'ENVELOPE_CMK_UNTRUSTED'],
  ])('fails with an error that can be printed, where the configuration says %s', async (_, cmk, code) => {
    const at = rig({ cmk })
    const row = hostile(await sealedElsewhere(at), 1)
    for (let i = 0; i < 2; i++) {
      const error = await errorOf(open(at.keys, row))
      expect(error.code).toBe(code)
      expect(error.message).toMatch(/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u)
      expect(error.message.length).toBeLessThan(1_000)
      expect(inspect(error).length).toBeLessThan(5_000)
    }
  })

  it('leaves little in memory, be there 3,000', async () => {
    const at = rig()
    const row = await sealedElsewhere(at)
    const tenants = Array.from({ length: 3_000 }, (_, i) => `tenant-${i}`)
    await collectGarbage()
    const before = process.memoryUsage().heapUsed
    for (const [i, tenant] of tenants.entries()) {
      const planted = hostile(row, i)
      const context = { ...planted.wrappedKey.context, tenant }
      await errorOf(open(at.keys, { ...planted, wrappedKey: { ...planted.wrappedKey, context } }))
    }
    await collectGarbage()
    // 150 MB of names alone, had they been kept.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20 * 2 ** 20)
    await errorOf(open(at.keys, hostile(row, 1)))
  }, 60_000)
})

describe('what is kept of failures', () => {
  it('is bounded in bytes, whatever a provider writes into its errors', () => {
    const failures = new UnwrapFailures(manualClock())
    const fail = (i: number) =>
      new EnvelopeKeyError('ENVELOPE_KMS_INVALID_CIPHERTEXT', `${i}${'é'.repeat(100_000)}`, { tenant: 't' })
    for (let i = 0; i < 12_000; i++) failures.rememberWrappedKey(`tenant-${i}`, `key-${i}`, fail(i))
    for (let i = 0; i < 12_000; i++) failures.rememberCmk(`tenant-${i}`, `key-${i}`, fail(i))
    expect(failures.bytes).toBeLessThanOrEqual(16 * 2 ** 20)
    expect(() => failures.checkWrappedKey('tenant-11999', 'key-11999')).toThrow(/^11999é{990,1000}…$/)
  })
})
