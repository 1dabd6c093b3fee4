import { DAY, rotated } from './key-material.js'
import { type KmsState, keyState, type LocalKey } from './state.js'

/**
 * What time alone has changed: keys whose waiting period is over are gone, with their aliases, and keys whose automatic
 * rotation has come are rotated. Returns the same object when there is nothing to do.
 *
 * A key that was due several times while nothing ran is rotated once, as is a key that was disabled when it was due.
 */
export function settle(state: KmsState, now: number): KmsState {
  const due = [...state.keys.values()].filter((key) => isDeleted(key, now) || isRotationDue(key, now))
  if (due.length === 0) return state
  const keys = new Map(state.keys)
  for (const key of due) {
    if (isDeleted(key, now)) keys.delete(key.keyId)
    else keys.set(key.keyId, rotatedWhenDue(key, now))
  }
  const aliases = new Map([...state.aliases].filter(([, alias]) => keys.has(alias.targetKeyId)))
  return { ...state, keys, aliases }
}

function isDeleted(key: LocalKey, now: number): boolean {
  return key.deletion !== undefined && key.deletion.at <= now
}

function isRotationDue(key: LocalKey, now: number): boolean {
  return key.rotation !== undefined && key.rotation.nextAt <= now && keyState(key) === 'Enabled'
}

function rotatedWhenDue(key: LocalKey, now: number): LocalKey {
  if (key.rotation === undefined) return key
  const { periodInDays, nextAt } = key.rotation
  const period = periodInDays * DAY
  const missed = Math.floor((now - nextAt) / period)
  return {
    ...rotated(key, now, 'AUTOMATIC'),
    rotation: { periodInDays, nextAt: nextAt + (missed + 1) * period },
  }
}
