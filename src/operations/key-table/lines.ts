import { appTag, decodeWrappedKey, TENANT_SCOPE, WRAP_TAG_LENGTH } from '../../envelope/index.js'
import { ownerOf } from '../../keys/index.js'
import type { KeyRecord } from './key-records.js'

/** Why a line was refused. */
export type LineRefusal =
  /** It is no line of such a file. */
  | 'malformed'
  /** A later release has written it. */
  | 'unknown-version'
  /** Its wrapped key is damaged, or of a later release. */
  | 'damaged'
  /** Its wrapped key is of an application with another name. */
  | 'another-app'
  /** It names an owner that is not the tenant's, or the row with its id is another owner's. */
  | 'owner-mismatch'

/** A line of a file that was refused, without what is in it. */
export interface RefusedLine {
  /** Counted from 1. */
  readonly line: number
  /** The data-key id, where the line has one. */
  readonly id?: string
  /** Why. */
  readonly reason: LineRefusal
}

/** A data key that was erased, as the list that is kept outside of the database has it. */
export interface ErasedKey {
  readonly id: string
  readonly owner: string
  readonly tenant: string
}

const VERSION = 1
/** Below 2^63, with room for what is added to it. Those of data keys that values carried before are negative. */
const MAX_SEQ = 2n ** 62n

export function recordLine({ id, owner, seq, section, wrapTag, ...others }: KeyRecord): string {
  const { cmk, tenant, scope, createdAt, retiredAt } = others
  return JSON.stringify({
    v: VERSION,
    id,
    owner,
    seq: String(seq),
    section: section.toString('base64'),
    wrapTag: wrapTag.toString('hex'),
    cmk,
    tenant,
    scope,
    createdAt: createdAt.toISOString(),
    retiredAt: retiredAt?.toISOString() ?? null,
  })
}

export function erasedLine({ id, owner, tenant }: ErasedKey): string {
  return JSON.stringify({ v: VERSION, erased: id, owner, tenant })
}

/** What a line says, if it may be believed as far as that can be told without KMS. */
export function recordIn(line: string, app: string): KeyRecord | Omit<RefusedLine, 'line'> {
  const fields = fieldsIn(line)
  if (fields === undefined) return { reason: 'malformed' }
  if (fields.v !== VERSION) return { reason: 'unknown-version' }
  const id = hexIn(fields.id, 16)
  const owner = hexIn(fields.owner, 16)
  const wrapTag = hexIn(fields.wrapTag, WRAP_TAG_LENGTH)
  const section = base64In(fields.section)
  const seq = seqIn(fields.seq)
  const { cmk, tenant, scope } = fields
  const createdAt = dateIn(fields.createdAt)
  const retiredAt = fields.retiredAt === null ? null : dateIn(fields.retiredAt)
  if (id === undefined) return { reason: 'malformed' }
  if (owner === undefined || wrapTag === undefined || section === undefined || seq === undefined)
    return { id, reason: 'malformed' }
  if (createdAt === undefined || retiredAt === undefined || typeof tenant !== 'string' || scope !== TENANT_SCOPE)
    return { id, reason: 'malformed' }
  if (cmk !== null && !(typeof cmk === 'string' && cmk.length <= 2_048)) return { id, reason: 'malformed' }
  const record = { id, owner, seq, section, wrapTag: Buffer.from(wrapTag, 'hex'), cmk, scope, createdAt, retiredAt }
  // Of a tombstone, only the text names the tenant: the owner is a hash of it.
  if (section.length === 0)
    return ownerOf(app, tenant) === owner ? { ...record, tenant } : { id, reason: 'owner-mismatch' }
  try {
    const { context } = decodeWrappedKey(record.wrapTag, section)
    if (context.appTag !== appTag(app)) return { id, reason: 'another-app' }
    if (ownerOf(app, context.tenant) !== owner) return { id, reason: 'owner-mismatch' }
    return { ...record, tenant: context.tenant }
  } catch {
    return { id, reason: 'damaged' }
  }
}

/** What a line of the list of erased keys says. */
export function erasedIn(line: string, app: string): ErasedKey | Omit<RefusedLine, 'line'> {
  const fields = fieldsIn(line)
  if (fields === undefined) return { reason: 'malformed' }
  if (fields.v !== VERSION) return { reason: 'unknown-version' }
  const { tenant } = fields
  const id = hexIn(fields.erased, 16)
  const owner = hexIn(fields.owner, 16)
  if (id === undefined) return { reason: 'malformed' }
  if (owner === undefined || typeof tenant !== 'string') return { id, reason: 'malformed' }
  return ownerOf(app, tenant) === owner ? { id, owner, tenant } : { id, reason: 'owner-mismatch' }
}

function fieldsIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const fields: unknown = JSON.parse(line)
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields))
      return fields as Record<string, unknown>
  } catch {
    // It is no JSON.
  }
  return undefined
}

function hexIn(value: unknown, bytes: number): string | undefined {
  return typeof value === 'string' && value.length === 2 * bytes && /^[0-9a-f]+$/.test(value) ? value : undefined
}

/** In the one spelling that it is written in. */
function base64In(value: unknown): Buffer | undefined {
  if (typeof value !== 'string') return undefined
  const bytes = Buffer.from(value, 'base64')
  return bytes.toString('base64') === value ? bytes : undefined
}

function seqIn(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return undefined
  const seq = BigInt(value)
  return -MAX_SEQ < seq && seq < MAX_SEQ ? seq : undefined
}

function dateIn(value: unknown): Date | undefined {
  const date = typeof value === 'string' ? new Date(value) : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date
}
