import { closeSync, openSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Nonces } from '../../src/envelope/nonces.js'
import { chooseSource, fillRandom } from '../../src/envelope/random.js'
import { type Accelerator, accelerator } from '../../src/envelope/suites/accelerator.js'

// OpenSSL's generator as it is in every process that goes on from one snapshot: it repeats itself.
vi.mock('node:crypto', async (original) => ({
  ...(await original<typeof import('node:crypto')>()),
  randomBytes: (size: number) => Buffer.alloc(size, 7),
  randomFillSync: (bytes: Uint8Array) => bytes.fill(7),
}))
// Of `/dev/urandom` no read is ever short; of other kernels' devices one may be.
const atOnce = vi.hoisted(() => ({ bytes: Number.POSITIVE_INFINITY }))
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  const short = (file: number, into: Uint8Array, at: number, length: number) =>
    fs.readSync(file, into, at, Math.min(length, atOnce.bytes), null)
  return { ...fs, readSync: short }
})
afterEach(() => {
  atOnce.bytes = Number.POSITIVE_INFINITY
})

const native = accelerator()
const unix = process.platform !== 'win32'

function drawn(fill: (bytes: Buffer) => void, length = 12): string {
  const bytes = Buffer.alloc(length)
  fill(bytes)
  return bytes.toString('hex')
}

/** The number that the next file to be opened is given. */
function nextDescriptor(): number {
  const descriptor = openSync('/dev/null', 'r')
  closeSync(descriptor)
  return descriptor
}

describe.runIf(unix)('random bytes', () => {
  it('differ although the generator of node:crypto repeats itself', () => {
    expect(new Set(Array.from({ length: 100 }, () => drawn(fillRandom))).size).toBe(100)
    const given = Array.from({ length: 100 }, () => drawn((bytes) => new Nonces(12, 1).next(bytes, 0)))
    expect(new Set(given).size).toBe(100)
    expect(given).not.toContain('07'.repeat(12))
  })

  it('come from the device if there is no accelerator', () => {
    const fill = chooseSource(undefined)
    expect(new Set(Array.from({ length: 100 }, () => drawn(fill))).size).toBe(100)
    expect(drawn(fill, 100_000)).not.toContain('00'.repeat(24))
  })

  it.skipIf(native === undefined)('come from the system call where there is one, not from the device', () => {
    const before = nextDescriptor()
    const fill = chooseSource(native)
    expect(nextDescriptor()).toBe(before)
    expect(new Set(Array.from({ length: 100 }, () => drawn(fill))).size).toBe(100)
    expect(drawn(fill, 100_000)).not.toContain('00'.repeat(24))
  })

  it('come from the device where the kernel refuses the system call', () => {
    const refusing = {
      random() {
        throw new Error('ENOSYS')
      },
    }
    expect(drawn(chooseSource(refusing as unknown as Accelerator))).not.toBe('07'.repeat(12))
  })

  it('come from node:crypto if there is neither, or if the file is not a device', () => {
    const file = join(tmpdir(), `prisma-envelope-random-${process.pid}`)
    writeFileSync(file, 'not random at all, whoever wrote it')
    expect(drawn(chooseSource(undefined, file))).toBe('07'.repeat(12))
    expect(drawn(chooseSource(undefined, join(file, 'absent')))).toBe('07'.repeat(12))
  })

  it('fill the whole of what is asked for when reads are short', () => {
    const fill = chooseSource(undefined)
    atOnce.bytes = 5
    const bytes = Buffer.alloc(23)
    let seen = Buffer.alloc(23)
    for (let i = 0; i < 20; i++) {
      fill(bytes)
      seen = Buffer.from(seen.map((byte, at) => byte | (bytes[at] ?? 0)))
    }
    expect(seen.every((byte) => byte !== 0)).toBe(true)
  })

  it('are refused, rather than weaker, when the device ends or fails after it was chosen', () => {
    const fill = chooseSource(undefined)
    atOnce.bytes = 0
    expect(() => drawn(fill)).toThrow(expect.objectContaining({ code: 'ENVELOPE_RANDOM_UNAVAILABLE' }))
    let calls = 0
    const failing = {
      random() {
        if (calls++ > 0) throw new Error('EIO')
      },
    }
    const later = chooseSource(failing as unknown as Accelerator)
    expect(() => drawn(later)).toThrow(expect.objectContaining({ code: 'ENVELOPE_RANDOM_UNAVAILABLE' }))
  })

  it('are never read from a file that got the descriptor of the closed device', () => {
    const descriptor = nextDescriptor()
    const fill = chooseSource(undefined)
    closeSync(descriptor)
    const other = openSync('/dev/zero', 'r')
    try {
      expect(other).toBe(descriptor)
      expect(() => drawn(fill)).toThrow(expect.objectContaining({ code: 'ENVELOPE_RANDOM_UNAVAILABLE' }))
    } finally {
      closeSync(other)
    }
  })
})
