import { randomBytes } from 'node:crypto'
import type { KeyMaterial, LocalKey, RotationType } from './state.js'

export const DAY = 86_400_000

export function newKeyMaterial(now: number, rotationType?: RotationType): KeyMaterial {
  return {
    id: randomBytes(32).toString('hex'),
    secret: randomBytes(32).toString('base64'),
    createdAt: now,
    ...(rotationType === undefined ? {} : { rotationType }),
  }
}

/** New material encrypts from now on; the old stays, or what it encrypted would be lost. */
export function rotated(key: LocalKey, now: number, type: RotationType): LocalKey {
  return { ...key, materials: [...key.materials, newKeyMaterial(now, type)] }
}
