import type { Suite, SuiteKey } from '../../../src/envelope/index.js'

/** Sixteen bytes, with both suites. */
const TAG = 16

/** Seals one message as a pass of its own: ciphertext with its tag behind it. */
export function sealOne(
  suite: Pick<Suite, 'importKey'>,
  key: Uint8Array,
  nonce: Uint8Array,
  authenticated: Uint8Array,
  text: Uint8Array,
): Buffer {
  return inPass(suite, key, nonce, authenticated, Buffer.concat([text, Buffer.alloc(TAG)]), (pass, spans) => {
    pass.seal(spans)
    return Buffer.from(pass.arena.subarray(nonce.length))
  })
}

/** Opens one message, or gives `undefined` where it does not authenticate. */
export function openOne(
  suite: Pick<Suite, 'importKey'>,
  key: Uint8Array,
  nonce: Uint8Array,
  authenticated: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  return inPass(suite, key, nonce, authenticated, sealed, (pass, spans) =>
    pass.open(spans) === -1 ? Buffer.from(pass.arena.subarray(nonce.length, -TAG)) : undefined,
  )
}

function inPass<T>(
  suite: Pick<Suite, 'importKey'>,
  key: Uint8Array,
  nonce: Uint8Array,
  authenticated: Uint8Array,
  message: Uint8Array,
  work: (pass: ReturnType<SuiteKey['begin']>, spans: Uint32Array) => T,
): T {
  const imported = suite.importKey(Uint8Array.from(key))
  const pass = imported.begin(authenticated, nonce.length + message.length)
  try {
    pass.arena.set(nonce)
    pass.arena.set(message, nonce.length)
    return work(pass, Uint32Array.of(nonce.length, message.length - TAG))
  } finally {
    pass.end()
    imported.destroy()
  }
}
