import { type JobReport, reencryptVerb, type ValueCipher } from '../operations/index.js'
import type { OptionNames } from '../options/known-options.js'
import { momentOf } from '../options/moment.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { ModelMap } from '../schema/model-map.js'
import { chosenFieldsOf, SEALED } from './jobs/chosen-fields.js'
import type { JobBase } from './jobs/job.js'
import { type ChangingJobOptions, checkJobOptions, invalid, JOB_OPTIONS } from './jobs/job-options.js'
import { runValueJob } from './jobs/value-job.js'

/** How `$encryption.reencrypt` goes about it. */
export interface ReencryptOptions<M extends ModelMap = ModelMap> extends ChangingJobOptions<M> {
  /**
   * Values whose data key was created before this hour are sealed anew: a date, or text in ISO 8601. With a key table it may not be
   * later than `dataKeys.notBefore`. Default: those whose data key is too old to seal new values (`dataKeys.maxAge`, `notBefore`).
   */
  since?: Date | string
}

const OPTIONS: OptionNames<ReencryptOptions> = { ...JOB_OPTIONS, dryRun: true, since: true }
const VERB = '$encryption.reencrypt'
const HOUR = 3_600_000

/** `$encryption.reencrypt`. */
export async function reencrypt(base: JobBase, options: ReencryptOptions = {}): Promise<JobReport> {
  checkJobOptions(VERB, options, OPTIONS)
  const { runtime } = base
  const since = options.since === undefined ? undefined : hourOf(options.since)
  const { isInline, oldestHour } = runtime.keys.sealing
  if (since !== undefined && since > oldestHour && !isInline) {
    const what =
      'the key table may still have keys from before `since` that seal new values. Set `dataKeys.notBefore` to it in every process first'
    throw invalid(VERB, what)
  }
  const chosen = chosenFieldsOf(VERB, runtime, options, SEALED)
  return runValueJob(
    base,
    { verb: 'reencrypt', options },
    chosen,
    (work) =>
      reencryptVerb({
        ...work,
        cipher: since === undefined ? work.cipher : withNewKeys(work.cipher, runtime),
        suite: runtime.suite,
        isInline,
        sinceHour: since ?? oldestHour,
      }),
    { since: since ?? null },
  )
}

/** The same, for which each tenant's key in memory is forgotten once: it may be from before. */
function withNewKeys(cipher: ValueCipher, { keys }: EncryptionRuntime): ValueCipher {
  const known = new Set<string>()
  return {
    ...cipher,
    seal(leaves) {
      for (const { tenant } of leaves) {
        if (known.has(tenant)) continue
        known.add(tenant)
        keys.evict(tenant)
      }
      return cipher.seal(leaves)
    },
  }
}

function hourOf(since: Date | string): number {
  const time = momentOf(since)
  if (Number.isNaN(time)) throw invalid(VERB, "`since` must be a date, or text such as '2026-11-30T12:00Z'")
  if (time > Date.now()) throw invalid(VERB, '`since` must not be in the future')
  return Math.floor(time / HOUR)
}
