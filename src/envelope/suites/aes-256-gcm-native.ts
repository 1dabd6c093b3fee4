import { NONCE_LENGTH, NodeGcmKey } from './aes-256-gcm-node.js'
import { borrow, giveBack } from './arena.js'
import { loadAddon } from './find-addon.js'
import { assertKey, type Pass, type Spans, type SuiteKey, stillThere, TAG_LENGTH } from './suite.js'

/** The optional addon: a batch a call, over the OpenSSL of the running Node (`native/aes-256-gcm.c`). */
export interface NativeGcm {
  importKey(bytes: Uint8Array): object
  destroyKey(key: object): void
  seal(key: object, authenticated: Uint8Array, arena: Uint8Array, messages: Spans): void
  open(key: object, authenticated: Uint8Array, arena: Uint8Array, messages: Spans): number
  /** Fills the bytes from the kernel's generator, by a system call each time. Throws where there is none. */
  random(bytes: Uint8Array): void
}

let loaded: NativeGcm | undefined
let tried = false

/** The addon, where one was built for this platform; `PRISMA_ENVELOPE_NATIVE=off` does without. */
export function accelerator(): NativeGcm | undefined {
  if (!tried) {
    tried = true
    loaded = process.env.PRISMA_ENVELOPE_NATIVE === 'off' ? undefined : load()
  }
  return loaded
}

function load(): NativeGcm | undefined {
  try {
    // The package's own addon: what it is missing is asked next.
    const native = loadAddon() as NativeGcm
    return typeof native.random === 'function' && agrees(native) ? native : undefined
  } catch {
    // None for this platform, or one that does not load here: everything works without, only slower.
    return undefined
  }
}

/** Whether what it seals is what `node:crypto` opens: a build that went wrong is found before it is used. */
function agrees(native: NativeGcm): boolean {
  const text = Buffer.from('one block and a part of another')
  const message = Buffer.concat([Buffer.alloc(NONCE_LENGTH, 1), text, Buffer.alloc(TAG_LENGTH)])
  const spans = Uint32Array.of(NONCE_LENGTH, text.length)
  const sealing = new NativeGcmKey(native, Buffer.alloc(32, 2)).begin(message.subarray(0, 5), message.length)
  const opening = new NodeGcmKey(Buffer.alloc(32, 2)).begin(message.subarray(0, 5), message.length)
  try {
    sealing.arena.set(message)
    sealing.seal(spans)
    opening.arena.set(sealing.arena)
    const opened = opening.open(spans) === -1
    return opened && opening.arena.subarray(NONCE_LENGTH, -TAG_LENGTH).equals(text)
  } finally {
    opening.end()
    sealing.end()
  }
}

/** AES-256-GCM by the addon: the key is scheduled once, outside of JavaScript's memory. */
export class NativeGcmKey implements SuiteKey {
  #key: object | undefined

  constructor(
    private readonly native: NativeGcm,
    bytes: Uint8Array,
  ) {
    assertKey('aes-256-gcm', bytes)
    this.#key = native.importKey(bytes)
    bytes.fill(0)
  }

  begin(authenticated: Uint8Array, size: number): Pass {
    const { native } = this
    const key = stillThere(this.#key)
    const arena = borrow(size)
    return {
      arena,
      seal: (messages) => native.seal(key, authenticated, arena, messages),
      open: (messages) => native.open(key, authenticated, arena, messages),
      end: () => giveBack(arena),
    }
  }

  destroy(): void {
    if (this.#key !== undefined) this.native.destroyKey(this.#key)
    this.#key = undefined
  }
}
