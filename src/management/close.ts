import type { LazyRewrap } from '../operations/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import { beyondBounds } from './bounds.js'

/** `$encryption.close`. */
export function close(runtime: EncryptionRuntime, rewrap: LazyRewrap | undefined): void {
  const { bound } = runtime.context()
  if (bound !== undefined) throw beyondBounds(bound)
  rewrap?.close()
  runtime.keys.close()
}
