import { encodeText, encodeValue, placeBytes, type Suite, sealMessages } from '../envelope/index.js'
import { EnvelopeError, located } from '../errors.js'
import type { DataKeys, SealingGrant } from '../keys/index.js'
import type { EncryptedField, SealLeaf } from '../query/index.js'
import { placeIn, placeOf } from './place.js'

/** Which values a data key may seal: all of a tenant's. */
const SCOPE = 'tenant'

interface Message {
  readonly leaf: SealLeaf
  readonly plaintext: Buffer
}

/**
 * Seals all leaves in place, or none: values are encoded and keys are had first, then everything is sealed in one
 * synchronous pass. Answers at once when the keys are in memory.
 */
export function sealLeaves(leaves: readonly SealLeaf[], keys: DataKeys, suite: Suite): void | Promise<void> {
  if (leaves.length === 0) return
  const byTenant = new Map<string, Message[]>()
  for (const leaf of leaves) {
    const message = { leaf, plaintext: encoded(leaf) }
    const messages = byTenant.get(leaf.tenant)
    if (messages === undefined) byTenant.set(leaf.tenant, [message])
    else messages.push(message)
  }
  const groups = [...byTenant.values()]
  const grants = groups.map((messages) => grantsFor(messages, keys))
  if (suite.ready && grants.every((granted) => Array.isArray(granted))) {
    sealGroups(groups, grants, suite)
    return
  }
  return Promise.allSettled(grants).then(async (settled) => {
    const granted = settled.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
    const failed = settled.find((outcome) => outcome.status === 'rejected')
    try {
      if (failed !== undefined) throw failed.reason
      await suite.prepare()
    } catch (error) {
      for (const { key } of granted.flat()) key.release()
      throw error
    }
    sealGroups(groups, granted, suite)
  })
}

function encoded(leaf: SealLeaf): Buffer {
  try {
    return encodeValue(leaf.field.valueType, Reflect.get(leaf.holder, leaf.key))
  } catch (error) {
    if (error instanceof EnvelopeError) throw located(error, placeOf(leaf))
    throw error
  }
}

/** Keys for one tenant's messages, in their order: one, or several where a cap is reached on the way. */
function grantsFor(messages: readonly Message[], keys: DataKeys): SealingGrant[] | Promise<SealingGrant[]> {
  const [first] = messages
  if (first === undefined) return []
  const sizes = messages.map(({ plaintext }) => plaintext.length)
  const grants: SealingGrant[] = []
  const fail = (error: unknown): Promise<never> => {
    for (const { key } of grants) key.release()
    return Promise.reject(error instanceof EnvelopeError ? located(error, placeOf(first.leaf)) : error)
  }
  const take = (from: number): SealingGrant[] | Promise<SealingGrant[]> => {
    for (let done = from; done < sizes.length; ) {
      const grant = keys.forSealing(first.leaf.tenant, SCOPE, done === 0 ? sizes : sizes.slice(done))
      if ('then' in grant) {
        const at = done
        return grant.then((given) => {
          grants.push(given)
          return take(at + given.messages)
        })
      }
      grants.push(grant)
      done += grant.messages
    }
    return grants
  }
  try {
    const taken = take(0)
    return Array.isArray(taken) ? taken : taken.catch(fail)
  } catch (error) {
    return fail(error)
  }
}

function sealGroups(groups: readonly Message[][], grants: readonly SealingGrant[][], suite: Suite): void {
  try {
    groups.forEach((messages, group) => {
      let done = 0
      for (const grant of grants[group] ?? []) {
        sealUnder(grant, messages.slice(done, done + grant.messages), suite)
        done += grant.messages
      }
    })
  } finally {
    for (const { key } of grants.flat()) key.release()
    for (const { plaintext } of groups.flat()) plaintext.fill(0)
  }
}

function sealUnder({ key }: SealingGrant, messages: readonly Message[], suite: Suite): void {
  const byField = new Map<EncryptedField, Message[]>()
  for (const message of messages) {
    const same = byField.get(message.leaf.field)
    if (same === undefined) byField.set(message.leaf.field, [message])
    else same.push(message)
  }
  for (const [field, same] of byField) {
    const place = placeBytes(placeIn(field, key.tenant))
    const envelopes = sealMessages(
      suite,
      key.keyFor(suite),
      key.prefixFor(suite),
      place,
      same.map(({ plaintext }) => plaintext),
    )
    same.forEach(({ leaf }, i) => {
      const envelope = envelopes[i]
      if (envelope === undefined) throw new Error('a message was not sealed')
      const stored = field.valueType === 'bytes' ? new Uint8Array(envelope) : encodeText(envelope)
      Reflect.set(leaf.holder, leaf.key, stored)
    })
  }
}
