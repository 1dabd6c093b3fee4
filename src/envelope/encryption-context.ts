import { createHash } from 'node:crypto'

/** Whose a wrapped data key is, what it may seal, and when it was made: its part of the KMS encryption context. */
export interface KeyContext {
  /** {@link appTag} of the application. The name itself is in the configuration, and not in the envelope. */
  readonly appTag: number
  readonly tenant: string
  /** Which values the data key may seal: `tenant` for all of a tenant's. */
  readonly scope: string
  /** When the data key was created, in whole hours since 1970-01-01T00:00Z. */
  readonly createdHour: number
}

/** How a {@link KeyContext} becomes an encryption context; frozen. */
export const CONTEXT_VERSION = 1

/**
 * The exact encryption context that KMS authenticates with a wrapped key. It must hold no personal data: CloudTrail shows
 * it in plaintext.
 *
 * @param app the application's name, whose tag is in the context.
 */
export function encryptionContext(app: string, { tenant, scope, createdHour }: KeyContext): Record<string, string> {
  return {
    'prisma-envelope': String(CONTEXT_VERSION),
    app,
    tenant,
    scope,
    created: `${new Date(createdHour * 3_600_000).toISOString().slice(0, 13)}Z`,
  }
}

/**
 * Two bytes that tell one application's envelopes from another's, so that a wrong `app` is not taken for damage. KMS
 * decides: of 65,536 names two share a tag.
 */
export function appTag(app: string): number {
  return createHash('sha256').update(app).digest().readUInt16BE()
}
