import { randomFillSync } from 'node:crypto'
import { fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { EnvelopeConfigError } from '../errors.js'
import { accelerator, type NativeGcm } from './suites/aes-256-gcm-native.js'

/** Fills the whole of `bytes` with random ones, or throws. */
export type RandomSource = (bytes: Uint8Array) => void

let source: RandomSource | undefined

/**
 * Fills `bytes` with random ones from the operating system's kernel.
 *
 * Not from `node:crypto`: OpenSSL's generator has its state in the process, and two processes that go on from one snapshot
 * draw the same from it. Under GCM, a nonce that is drawn twice lays open two plaintexts and lets an attacker forge.
 *
 * The source is chosen at the first draw, so that importing opens nothing, and kept. Should it fail after that, the draw
 * throws `ENVELOPE_RANDOM_UNAVAILABLE`; it never goes on with a weaker one.
 */
export const fillRandom: RandomSource = (bytes) => {
  source ??= chooseSource(accelerator())
  source(bytes)
}

/** The kernel by the accelerator; else by its device; else, on Windows and where neither works, `node:crypto`. */
export function chooseSource(native: NativeGcm | undefined, device = '/dev/urandom'): RandomSource {
  // On Windows the device's name is that of a file which any user of the machine could have put there.
  return systemCall(native) ?? (process.platform === 'win32' ? undefined : deviceSource(device)) ?? randomFillSync
}

function systemCall(native: NativeGcm | undefined): RandomSource | undefined {
  if (native === undefined) return undefined
  try {
    // A kernel or a sandbox without the call says so at once.
    native.random(new Uint8Array(1))
  } catch {
    return undefined
  }
  return (bytes) => {
    try {
      native.random(bytes)
    } catch (error) {
      throw unavailable(error)
    }
  }
}

/** The device is kept open: opening it takes longer than reading, and fails once a process has no descriptors left. */
function deviceSource(path: string): RandomSource | undefined {
  let descriptor: number
  let device: Stats
  try {
    descriptor = openSync(path, 'r')
    device = fstatSync(descriptor)
  } catch {
    return undefined
  }
  if (!device.isCharacterDevice()) return undefined
  return (bytes) => {
    try {
      // A descriptor is a number only: code that closes one twice closes ours, and the next file opened is given it.
      const { rdev, ino, dev } = fstatSync(descriptor)
      if (rdev !== device.rdev || ino !== device.ino || dev !== device.dev) throw new Error(`${path} was closed`)
      for (let at = 0; at < bytes.length; ) {
        const read = readSync(descriptor, bytes, at, bytes.length - at, null)
        if (read === 0) throw new Error(`${path} has ended`)
        at += read
      }
    } catch (error) {
      throw unavailable(error)
    }
  }
}

function unavailable(cause: unknown): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_RANDOM_UNAVAILABLE',
    'The operating system returned no random bytes, so nothing was sealed. Check that this process may call getrandom, ' +
      'and that nothing closes file descriptors that it did not open; then restart it.',
    {},
    { cause },
  )
}
