/**
 * How long `keys/` remembers an answer of KMS, or waits before it asks again: in milliseconds, each with its reason. What
 * an application can set is in `data-key-options.ts`.
 */

/** A successor could not be obtained early. The key at hand goes on sealing meanwhile, and its limits leave time for many tries. */
export const SUCCESSOR_RETRY = 1_000

/** KMS did not answer when a key was to be revalidated. `grace` may be short, so the next try comes soon. */
export const REVALIDATION_RETRY = 1_000

/** The same for an index key. */
export const INDEX_KEY_RETRY = 1_000

/** KMS refused a CMK. Not for long: KMS is eventually consistent, and someone may have just corrected the policy. */
export const CMK_REFUSED = 1_000

/** KMS did not accept a wrapped key: damaged and forged rows are to cost few calls. */
export const UNWRAP_REFUSED = 60_000

/** KMS refused DescribeKey for an alias. At most this long, since someone may be correcting the policy. */
export const ALIAS_REFUSED = 60_000

/** KMS refused DescribeKey for the current CMK. Nothing but lazy rewraps waits for the answer. */
export const CURRENT_CMK_REFUSED = 3_600_000

/** KMS was too busy to describe the current CMK. */
export const CURRENT_CMK_RETRY = 10_000

/** A key was rewrapped, or could not be. KMS is eventually consistent: its answer may be the same for a while. */
export const REWRAP_SETTLED = 3_600_000

/** KMS was too busy to rewrap. Rewraps are the least urgent of its callers. */
export const REWRAP_RETRY = 10_000

/** A call with no more time left than this is not sent to KMS: nobody would be there for the answer. A tenth of short limits. */
export const TOO_LATE = 20

/** A caller waits so much longer for work that is shared: the work's own error says more, so it is to come first. */
export const AFTER_THE_WORK = 20

/** The rows of sealing keys are taken to be in the key table for so long, and are looked after: a failover may lose one. */
export const ROW_CHECKED = 60_000

/** They are looked after no more often than twice in this time, however short `revalidate` is. */
export const ROW_CHECKED_LEAST = 1_000

/** An answer of the key table is waited for for so long when a value is to be sealed, then it is sealed inline. */
export const KEY_TABLE_PATIENCE = 1_000

/** The same while a process begins: connections are made then, and a busy machine begins many processes at once. */
export const KEY_TABLE_STARTING_PATIENCE = 5_000

/** For so long a process begins, from its first question to the key table on. */
export const KEY_TABLE_STARTING = 10_000

/** The key table could not be used. Values are sealed inline meanwhile, and nobody waits for the database again. */
export const KEY_TABLE_REST = 10_000
