import { randomBytes } from 'node:crypto'
import {
  type BigIntStats,
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { EnvelopeConfigError } from '../../errors.js'
import { hasErrno } from './errno.js'
import { withFileLock } from './file-lock.js'
import type { Outcome } from './operations/operation.js'
import { isGone } from './process-gone.js'
import type { KmsState } from './state.js'
import { formatStateFile, parseStateFile } from './state-file.js'

/** Writing takes milliseconds: a temporary file as old as this, in milliseconds, is nobody's. */
const LEFT_AFTER = 60_000

/** Where the state lives. */
export interface Store {
  readonly state: KmsState
  /** Runs an operation on the newest state; the state that it makes counts once this resolves, and never by halves. */
  transact(run: (state: KmsState) => Outcome): Promise<Outcome>
}

export function memoryStore(initial: KmsState): Store {
  let state = initial
  return {
    get state() {
      return state
    },
    async transact(run) {
      const outcome = run(state)
      state = outcome.state ?? state
      return outcome
    },
  }
}

/**
 * A store in a JSON file, which is made on the first change, with mode 0600.
 *
 * Several handles, in one process or in many, may share a file: each looks before every operation whether the file has
 * changed, and writes under a lock, running the operation again on what it then finds. So no writer undoes another's
 * work. The file is replaced by rename, so that neither a reader nor a crash meets half of one.
 *
 * @param named a symbolic link is followed, so that what it points at is replaced and not the link.
 * @param fresh makes the state for a file that does not exist yet.
 * @throws EnvelopeConfigError `ENVELOPE_CONFIG_INVALID` when the file cannot be read; see `parseStateFile`.
 */
export function fileStore(named: string, fresh: () => KmsState): Store {
  const file = behindLinks(named)
  removeLeftovers(file)
  let loaded = readState(file)
  let state = loaded?.state ?? fresh()

  const refresh = (): KmsState => {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
    if (stat === undefined) {
      // Carrying on from memory would bring back keys that someone meant to be rid of, or fork the file's history.
      if (loaded !== undefined) throw unusable(file, 'has disappeared. Restore it, or start again without it')
      return state
    }
    if (stampOf(stat) !== loaded?.stamp) {
      loaded = readState(file) ?? loaded
      state = loaded?.state ?? state
    }
    return state
  }

  return {
    get state() {
      return state
    },
    async transact(run) {
      const attempt = run(refresh())
      if (attempt.state === undefined) return attempt
      makeFolder(file)
      return withFileLock(`${file}.lock`, (stillHeld) => {
        const outcome = run(refresh())
        if (outcome.state !== undefined) {
          const stamp = replaceFile(file, formatStateFile(outcome.state), stillHeld)
          loaded = { state: outcome.state, stamp }
          state = outcome.state
        }
        return outcome
      })
    },
  }
}

interface Loaded {
  state: KmsState
  /** Tells one version of the file from another. */
  stamp: string
}

function readState(file: string): Loaded | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined
    throw unusable(file, 'cannot be opened. Check its path and permissions', error)
  }
  try {
    const stamp = stampOf(fstatSync(descriptor, { bigint: true }))
    return { stamp, state: parseStateFile(file, readFileSync(descriptor, 'utf8')) }
  } catch (error) {
    throw error instanceof EnvelopeConfigError ? error : unusable(file, 'cannot be read', error)
  } finally {
    closeSync(descriptor)
  }
}

/** Times alone have too coarse a grain on some file systems; a rename always brings another inode. */
function stampOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`
}

/** The file behind symbolic links, which need not exist yet. */
function behindLinks(file: string): string {
  let path = resolve(file)
  // As many as Linux follows.
  for (let i = 0; i < 40; i++) {
    const target = linkTarget(path)
    if (target === undefined) return path
    path = resolve(dirname(path), target)
  }
  throw unusable(file, 'is a cycle of symbolic links')
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    // EINVAL: there is a file, and it is no link. Windows says UNKNOWN.
    if (['EINVAL', 'ENOENT', 'ENOTDIR', 'UNKNOWN'].some((code) => hasErrno(error, code))) return undefined
    throw unusable(path, 'cannot be opened. Check its path and permissions', error)
  }
}

/** Removes what processes left that were killed while they wrote: it holds every key, and nobody knows of it. */
function removeLeftovers(file: string): void {
  const prefix = `${basename(file)}.`
  for (const name of namesIn(dirname(file))) {
    const [, pid] = name.startsWith(prefix) ? (/^(\d+)\.[0-9a-f]{12}\.tmp$/.exec(name.slice(prefix.length)) ?? []) : []
    if (pid === undefined) continue
    const path = join(dirname(file), name)
    // Of this process it may be another handle's, in another thread. On another machine's share the pid says nothing.
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY)
    if (isGone(Number(pid)) || age > LEFT_AFTER) rmSync(path, { force: true })
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // Not there yet, or not to be listed: reading the file itself says what is wrong.
    return []
  }
}

function makeFolder(file: string): void {
  mkdirSync(dirname(file), { recursive: true })
}

function replaceFile(file: string, content: string, stillHeld: () => boolean): string {
  const temporary = `${file}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const stamp = writeThrough(temporary, content)
    if (!stillHeld()) throw new Error('the lock on the key file was lost while it was written')
    renameSync(temporary, file)
    syncFolder(file)
    return stamp
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function writeThrough(file: string, content: string): string {
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    writeFileSync(descriptor, content)
    fsyncSync(descriptor)
    return stampOf(fstatSync(descriptor, { bigint: true }))
  } finally {
    closeSync(descriptor)
  }
}

/** Makes the rename itself durable. Not every platform can open a folder, and none needs this to be correct. */
function syncFolder(file: string): void {
  try {
    const descriptor = openSync(dirname(file), 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The content is safe either way; a power cut could at worst bring the previous file back.
  }
}

function unusable(file: string, what: string, cause?: unknown): EnvelopeConfigError {
  const options = cause === undefined ? undefined : { cause }
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `localKms: the key file ${file} ${what}.`, {}, options)
}
