import { randomFillSync } from 'node:crypto'
import { fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { randomUnavailable } from './random-unavailable.js'
import { type Accelerator, accelerator } from './suites/accelerator.js'

/** Fills all of `bytes` with random bytes, or throws. */
type RandomSource = (bytes: Uint8Array) => void

let source: RandomSource | undefined

/**
 * Fills `bytes` with random bytes from the operating system's kernel.
 *
 * Not from `node:crypto`: OpenSSL's generator keeps its state in the process, and two processes that resume from one
 * snapshot draw the same bytes. Under GCM, a repeated nonce reveals two plaintexts and lets an attacker forge.
 *
 * The source is chosen at the first draw, so that an import opens nothing, and kept. If it fails later, the draw throws
 * `ENVELOPE_RANDOM_UNAVAILABLE`; there is no fallback to a weaker source.
 */
export const fillRandom: RandomSource = (bytes) => {
  source ??= chooseSource(accelerator())
  source(bytes)
}

/** The kernel through the accelerator or its device; `node:crypto` on Windows and where neither works. */
export function chooseSource(native: Accelerator | undefined, device = '/dev/urandom'): RandomSource {
  // On Windows the device's name would be an ordinary file, which any user of the machine could create.
  return systemCall(native) ?? (process.platform === 'win32' ? undefined : deviceSource(device)) ?? randomFillSync
}

function systemCall(native: Accelerator | undefined): RandomSource | undefined {
  if (native === undefined) return undefined
  try {
    // A kernel or a sandbox without the system call fails here.
    native.random(new Uint8Array(1))
  } catch {
    return undefined
  }
  return (bytes) => {
    try {
      native.random(bytes)
    } catch (error) {
      throw randomUnavailable(error)
    }
  }
}

/** The device stays open: opening it takes longer than reading, and fails when a process has no descriptors left. */
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
      // A descriptor is only a number: code that closes its own twice closes ours, and the next opened file gets it.
      const { rdev, ino, dev } = fstatSync(descriptor)
      if (rdev !== device.rdev || ino !== device.ino || dev !== device.dev) throw new Error(`${path} was closed`)
      for (let at = 0; at < bytes.length; ) {
        const read = readSync(descriptor, bytes, at, bytes.length - at, null)
        if (read === 0) throw new Error(`${path} has ended`)
        at += read
      }
    } catch (error) {
      throw randomUnavailable(error)
    }
  }
}
