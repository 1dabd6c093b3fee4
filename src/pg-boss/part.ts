import { createHash } from 'node:crypto'
import type { Partition } from '../management/jobs/partition.js'
import type { QueuedOptions, QueuedVerb } from './verbs.js'

/** What is queued for a whole job: it is split into parts when its turn comes. */
export interface PlanData {
  readonly verb: QueuedVerb
  readonly options: QueuedOptions
}

/** What is queued for one part of it. */
export interface PartData extends PlanData {
  /** The rows; without one, the key table. */
  readonly partition?: Partition
}

/**
 * The id of a part: by what it is a part of and which rows it has, so that a plan that is carried out twice queues it once.
 *
 * @returns a UUID of version 8. https://www.rfc-editor.org/rfc/rfc9562#section-5.8
 */
export function partId(plan: string, part: PartData): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([plan, part]))
    .digest()
  const bytes = digest.subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
