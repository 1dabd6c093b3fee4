import { createHash } from 'node:crypto'
import { appTag, lengthPrefixed } from '../../envelope/index.js'
import { EnvelopeJobError } from '../../errors.js'
import type { JobEntries, JobEntry } from './job-entries.js'
import type { SweepPosition, SweepTarget } from './parts.js'
import { storedWrappedKey } from './stored-wrapped-key.js'
import type { Checkpoint } from './sweep.js'

/** Of what is stored below. */
const VERSION = 1

/** What a checkpoint is good for. */
export interface JobIdentity {
  readonly app: string
  /** The name under which it is kept. */
  readonly name: string
  /** What is visited: another list of rows has other positions. */
  readonly targets: readonly SweepTarget[]
  /** What is done to it, by the names of the options. */
  readonly options: Readonly<Record<string, unknown>>
}

interface Stored {
  readonly version: number
  readonly schema: string
  readonly options: string
  readonly position: SweepPosition
}

/** A checkpoint in the database. Several processes may keep one: each position that one of them saves is one that it has come to. */
export function storedCheckpoint(entries: JobEntries, identity: JobIdentity, restart: boolean): Checkpoint {
  const id = entryId('job', identity.app, identity.name)
  const schema = digestOf(identity.targets.map(({ model, table }) => ({ model, table })))
  const options = JSON.stringify(identity.options)
  return {
    async load() {
      if (restart) return undefined
      const found = await entries.find(id)
      if (found === undefined) return undefined
      const stored = parsed(found)
      if (stored?.version !== VERSION) throw mismatch(identity.name, 'was written by another release')
      if (stored.options !== options)
        throw mismatch(identity.name, `has other options: ${JSON.stringify(stored.options)}`)
      if (stored.schema !== schema) throw mismatch(identity.name, 'is of other models or fields, or of another schema')
      if (!isPosition(stored.position)) throw mismatch(identity.name, 'is damaged')
      return stored.position
    },
    async save(position) {
      const stored: Stored = { version: VERSION, schema, options, position }
      const entry: JobEntry = { id, job: identity.name, state: Buffer.from(JSON.stringify(stored)) }
      // Seldom a new one, so the other is tried first.
      if (!(await entries.replace(entry))) await entries.insert(entry)
    },
    async clear() {
      await forgetEntries(entries, identity.app, identity.name)
    },
  }
}

/** Removes what a job of this application keeps: its position, and the new wrapped keys of data keys. */
export async function forgetEntries(entries: JobEntries, app: string, name: string): Promise<void> {
  const position = entryId('job', app, name)
  const tag = appTag(app)
  await entries.removeAll(name, (id, state) => id === position || storedWrappedKey(state)?.context.appTag === tag)
}

/** The name of an entry: found by this alone, whatever the database takes for equal in texts. */
export function entryId(...parts: readonly string[]): string {
  return createHash('sha256')
    .update(lengthPrefixed(['prisma-envelope/v1/job-entry', ...parts]))
    .digest('hex')
    .slice(0, 32)
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

function parsed(state: Uint8Array): Stored | undefined {
  try {
    // What this release or another one wrote; its version is compared before anything else of it is used.
    return JSON.parse(Buffer.from(state).toString()) as Stored
  } catch {
    return undefined
  }
}

/** Where a job is, by what it has stored; `undefined` for what another release has written. */
export function parsedPosition(state: Uint8Array): SweepPosition | undefined {
  const stored = parsed(state)
  return stored?.version === VERSION && isPosition(stored.position) ? stored.position : undefined
}

function isPosition(value: unknown): value is SweepPosition {
  const { model, after } = (value ?? {}) as { model?: unknown; after?: unknown }
  const isKey = Array.isArray(after) && after.every((part) => typeof part === 'string')
  return typeof model === 'string' && (after === undefined || isKey)
}

function mismatch(name: string, what: string): EnvelopeJobError {
  return new EnvelopeJobError(
    'ENVELOPE_CHECKPOINT_MISMATCH',
    `The checkpoint ${JSON.stringify(name)} ${what}: it says nothing of where to begin. Finish that job first; or begin with the first row (\`restart: true\`), or keep this job's position under another name (\`checkpoint\`).`,
  )
}
