import type { WrappedKey } from '../../envelope/index.js'
import { EnvelopeError } from '../../errors.js'
import type { DataKeys } from '../../keys/index.js'
import type { JobEntries } from './job-entries.js'
import { entryId } from './stored-checkpoint.js'
import { storedWrappedKey, wrappedKeyState } from './stored-wrapped-key.js'

/** What is needed of the data keys. */
export type RewrappingKeys = Pick<DataKeys, 'needsRewrap' | 'rewrap' | 'rewrapUnproven' | 'prove' | 'accepts'>

/**
 * The same keys, which agree with those of other processes on the new wrapped key of each data key: the first that is stored is
 * everybody's. What is found there is unwrapped before it is used, as what KMS returns is.
 */
export function agreeing(keys: RewrappingKeys, entries: JobEntries, app: string, job: string): RewrappingKeys {
  const entryOf = (id: string): string => entryId('wrapped key', app, id)
  const found = async (
    id: string,
    { context: { tenant } }: WrappedKey,
  ): Promise<{ state: Uint8Array; wrappedKey: WrappedKey | undefined } | undefined> => {
    const state = await entries.find(entryOf(id))
    if (state === undefined) return undefined
    const wrappedKey = storedWrappedKey(state)
    try {
      // It is in memory then, and `rewrap` takes it for the others if it is not out of date itself.
      if (wrappedKey?.context.tenant === tenant) await keys.prove(id, wrappedKey)
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
    }
    return { state, wrappedKey }
  }
  return {
    needsRewrap: (wrappedKey) => keys.needsRewrap(wrappedKey),
    rewrapUnproven: (wrappedKey) => keys.rewrapUnproven(wrappedKey),
    prove: (id, wrappedKey) => keys.prove(id, wrappedKey),
    accepts: (id, wrappedKey) => keys.accepts(id, wrappedKey),
    async rewrap(id, wrappedKey) {
      const earlier = await found(id, wrappedKey)
      const next = await keys.rewrap(id, wrappedKey)
      if (next === undefined) return undefined
      const entry = { id: entryOf(id), job, state: wrappedKeyState(next) }
      if (earlier !== undefined && Buffer.from(earlier.state).equals(entry.state)) return next
      const isStored = await (earlier === undefined ? entries.insert(entry) : entries.replace(entry, earlier.state))
      if (isStored) return next
      // Another process was faster: its wrapped key is in memory now, or it is not to be trusted, and ours is as good.
      await found(id, wrappedKey)
      return (await keys.rewrap(id, wrappedKey)) ?? next
    },
  }
}
