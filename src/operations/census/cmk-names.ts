import { namesCmk, wrapTag } from '../../envelope/index.js'
import { EnvelopeError } from '../../errors.js'
import type { KnownCmks } from '../../keys/index.js'
import { systemTimer, Throttle } from '../sweep/pace.js'

/** What a wrap tag stands for, as far as the configuration, the key table and KMS say. */
export interface NamedCmk {
  /** The ARN of the CMK; left out where nothing that is known has this tag. */
  readonly cmk?: string
  /** As the configuration names it. */
  readonly configured?: string
  /** The first half of the wrap tag, in base64: of the CMK's ARN. */
  readonly cmkTag?: string
  /** The id of the key material, where KMS has said it. */
  readonly keyMaterial?: string
  /** The second half of the wrap tag, in base64; left out where KMS did not name the material. */
  readonly keyMaterialTag?: string
  /** Whether it is the tenant's current CMK with its newest key material; left out where that is not known. */
  readonly current?: boolean
}

const HALF = 12
const NO_MATERIAL = '0'.repeat(HALF)
/** How many questions KMS is asked at once. */
const AT_ONCE = 8

/** How tags are looked up. */
export interface Naming {
  /** Whether KMS may be asked: DescribeKey, once for each CMK. */
  readonly describes: boolean
  readonly kmsCallsPerSecond: number | undefined
  readonly signal: AbortSignal | undefined
}

/** What wrap tags stand for. They are advisory: this is for people to read. */
export class CmkNames {
  /** By the first half of the wrap tag, in hexadecimal. */
  readonly #cmks = new Map<string, { readonly arn: string; configured?: string }>()
  readonly #materials = new Map<string, string>()
  /** The wrap tag of a data key that is wrapped now. */
  readonly #current = new Map<string, string>()

  /** An ARN that somebody has written down, if it has this tag. */
  learn(tag: string, arn: string): void {
    if (namesCmk(Buffer.from(tag, 'hex'), arn)) this.#note(arn)
  }

  /** All that the configuration names for these tenants. */
  async ask(
    known: KnownCmks,
    tenants: Iterable<string>,
    { describes, kmsCallsPerSecond, signal }: Naming,
  ): Promise<void> {
    const kms = new Throttle(kmsCallsPerSecond, systemTimer)
    const all = [...tenants]
    for (let from = 0; from < all.length && signal?.aborted !== true; from += AT_ONCE) {
      await Promise.all(
        all.slice(from, from + AT_ONCE).map((tenant) => this.#tenant(known, tenant, describes, kms, signal)),
      )
    }
  }

  async #tenant(
    known: KnownCmks,
    tenant: string,
    describes: boolean,
    kms: Throttle,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      const cmks = await known.of(tenant)
      for (const keyId of cmks.configured) {
        if (isKeyArn(keyId)) this.#note(keyId, keyId)
        if (!describes || signal?.aborted === true) continue
        if (!known.isDescribed(cmks, keyId)) await kms.take(1, signal)
        try {
          const { cmk } = await known.describe(tenant, cmks, keyId)
          this.#note(cmk.arn, keyId)
          const tag = wrapTag(cmk.arn, cmk.keyMaterialId).toString('hex')
          if (cmk.keyMaterialId !== undefined) this.#materials.set(tag, cmk.keyMaterialId)
          if (keyId === cmks.current) this.#current.set(tenant, tag)
        } catch (error) {
          // It is gone, or may not be described: its tag stays without a name.
          if (!(error instanceof EnvelopeError)) throw error
        }
      }
    } catch (error) {
      // An unknown tenant, say: its rows are counted all the same.
      if (!(error instanceof EnvelopeError)) throw error
    }
  }

  #note(arn: string, configured?: string): void {
    const tag = wrapTag(arn).toString('hex').slice(0, HALF)
    const earlier = this.#cmks.get(tag)
    const name = earlier?.configured ?? configured
    this.#cmks.set(tag, { arn: earlier?.arn ?? arn, ...(name !== undefined && { configured: name }) })
  }

  of(tag: string | undefined, tenant: string | undefined): NamedCmk {
    if (tag === undefined || tag.length !== 2 * HALF) return {}
    const [cmkTag, materialTag] = [tag.slice(0, HALF), tag.slice(HALF)]
    const cmk = this.#cmks.get(cmkTag)
    const material = this.#materials.get(tag)
    const current = tenant === undefined ? undefined : this.#current.get(tenant)
    return {
      ...(cmk !== undefined && { cmk: cmk.arn }),
      ...(cmk?.configured !== undefined && { configured: cmk.configured }),
      cmkTag: base64(cmkTag),
      ...(material !== undefined && { keyMaterial: material }),
      ...(materialTag !== NO_MATERIAL && { keyMaterialTag: base64(materialTag) }),
      ...(current !== undefined && { current: isCurrent(tag, current) }),
    }
  }
}

/** A tag that names no material is never out of date for its material. */
function isCurrent(tag: string, current: string): boolean {
  if (tag.slice(0, HALF) !== current.slice(0, HALF)) return false
  const [own, newest] = [tag.slice(HALF), current.slice(HALF)]
  return own === newest || own === NO_MATERIAL || newest === NO_MATERIAL
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}

function isKeyArn(keyId: string): boolean {
  return /^arn:[^:]*:kms:[^:]*:[^:]*:key\//.test(keyId)
}
