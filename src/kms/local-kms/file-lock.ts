import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasErrno } from './errno.js'
import { isGone } from './process-gone.js'

/** How long to wait for the lock, how often to look, and when a lock was left by a process that died; milliseconds. */
const LONGEST_WAIT = 20_000
const POLL = 10
const STALE_AFTER = 10_000

/**
 * Runs `action` while holding `lockFile`, which says to other processes that they must wait.
 *
 * A lock whose process is gone is taken over at once. Where that cannot be told (another machine or container, a process id
 * that was given again), time does: `action` is synchronous and takes milliseconds, so a lock ten seconds old belongs to a process that was killed or put
 * to sleep, and is taken away from it. One that only slept learns of it from `stillHeld`, before it replaces anything.
 */
export async function withFileLock<T>(lockFile: string, action: (stillHeld: () => boolean) => T): Promise<T> {
  const token = `${process.pid} ${hostname()} ${randomUUID()}`
  const deadline = performance.now() + LONGEST_WAIT
  while (!acquire(lockFile, token)) {
    if (performance.now() > deadline) throw new Error(`another process holds ${lockFile}`)
    if (isStale(lockFile)) remove(lockFile)
    else await sleep(POLL)
  }
  const stillHeld = () => holder(lockFile) === token
  try {
    return action(stillHeld)
  } finally {
    if (stillHeld()) remove(lockFile)
  }
}

function acquire(lockFile: string, token: string): boolean {
  let descriptor: number
  try {
    descriptor = openSync(lockFile, 'wx', 0o600)
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return false
    throw error
  }
  try {
    writeSync(descriptor, token)
  } finally {
    closeSync(descriptor)
  }
  return true
}

function isStale(lockFile: string): boolean {
  // Empty in the moment between its making and its writing: then only its age counts.
  const [pid, host] = (holder(lockFile) ?? '').split(' ')
  if (host === hostname() && isGone(Number(pid))) return true
  const stat = statSync(lockFile, { throwIfNoEntry: false })
  return stat !== undefined && Date.now() - stat.mtimeMs > STALE_AFTER
}

function holder(lockFile: string): string | undefined {
  try {
    return readFileSync(lockFile, 'utf8')
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function remove(lockFile: string): void {
  try {
    unlinkSync(lockFile)
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error
  }
}
