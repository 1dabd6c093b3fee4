import { NONCE_LENGTH, NodeGcmKey } from './aes-256-gcm-node.js'
import { borrow, giveBack } from './arena.js'
import { loadAddon } from './find-addon.js'
import { assertKey, type Pass, type Spans, type SuiteKey, stillThere, TAG_LENGTH } from './suite.js'

/** The optional addon: a batch per call, with the OpenSSL of the running Node (`native/aes-256-gcm.c`). */
export interface NativeGcm {
  importKey(bytes: Uint8Array): object
  destroyKey(key: object): void
  seal(key: object, authenticated: Uint8Array, arena: Uint8Array, messages: Spans): void
  open(key: object, authenticated: Uint8Array, arena: Uint8Array, messages: Spans): number
  /** Fills the bytes from the kernel's generator, with a system call each time. Throws if that is not available. */
  random(bytes: Uint8Array): void
}

let loaded: NativeGcm | undefined
let tried = false

/** The addon, if one was built for this platform; `PRISMA_ENVELOPE_NATIVE=off` disables it. */
export function accelerator(): NativeGcm | undefined {
  if (!tried) {
    tried = true
    loaded = process.env.PRISMA_ENVELOPE_NATIVE === 'off' ? undefined : load()
  }
  return loaded
}

function load(): NativeGcm | undefined {
  try {
    // The package's own addon: an older build may lack a function, which is checked next.
    const native = loadAddon() as NativeGcm
    return typeof native.random === 'function' && agrees(native) ? native : undefined
  } catch {
    // None for this platform, or one that does not load: everything works without it, only slower.
    return undefined
  }
}

/** Whether `node:crypto` opens what the addon seals: a broken build is detected before it is used. */
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

/** AES-256-GCM through the addon: the key is expanded once, outside JavaScript's memory. */
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
