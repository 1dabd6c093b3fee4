import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from './paths.mjs'

const waitAtMostMs = 10 * 60_000

/** One preparation of this checkout at a time: two terminals may start `npm test` together. */
export async function withLock(work) {
  // Not in node_modules, which the work may delete.
  const folder = join(tmpdir(), 'prisma-envelope-locks')
  const lock = join(folder, createHash('sha256').update(root).digest('hex').slice(0, 16))
  mkdirSync(folder, { recursive: true })
  const deadline = Date.now() + waitAtMostMs
  let told = false
  while (!tryTake(lock)) {
    if (!told) console.log('prepare: wait for another run in this checkout')
    told = true
    if (Date.now() > deadline) throw new Error(`prepare: another run holds ${lock}; delete it if there is none.`)
    await sleep(100)
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function tryTake(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (!isHeld(lock)) rmSync(lock, { force: true })
    return false
  }
}

/** Whether the process that took it still runs; one that was killed could not release it. */
function isHeld(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    if (pid > 0) process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
