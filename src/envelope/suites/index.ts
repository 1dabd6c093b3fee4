import { aes256Gcm } from './aes-256-gcm.js'
import type { Suite, SuiteName } from './suite.js'
import { xchacha20Poly1305 } from './xchacha20-poly1305.js'

export const suites: Readonly<Record<SuiteName, Suite>> = {
  'aes-256-gcm': aes256Gcm,
  'xchacha20-poly1305': xchacha20Poly1305,
}

/** The suite with this number in an envelope's head, or `undefined` if this release does not know it. */
export function suiteById(id: number): Suite | undefined {
  if (id === aes256Gcm.id) return aes256Gcm
  if (id === xchacha20Poly1305.id) return xchacha20Poly1305
  return undefined
}
