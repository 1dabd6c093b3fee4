import type { Mutation } from './mutation.js'

/** Rules about the key table: who may wait for it, and whose rows are looked at. */
export const KEY_MUTATIONS: readonly Omit<Mutation, 'schema'>[] = [
  {
    rule: 'what a transaction seals waits for no other connection',
    file: '../../keys/sealing/table-keys.ts',
    from: 'return outside ? this.#loaded(wish) : this.inline.grant(wish)\n    if (outside',
    to: 'return this.#loaded(wish)\n    if (outside',
  },
  {
    rule: "an owner's newest rows are its own",
    file: '../key-rows.ts',
    from: "where: { owner: bytes(owner) },\n        orderBy: { seq: 'desc' }",
    to: "orderBy: { seq: 'desc' }",
  },
  {
    rule: 'outside of transactions, values are sealed under a key of the table',
    file: '../../keys/sealing/table-keys.ts',
    from: 'return of(this.#resting) || of',
    to: 'return true || of',
  },
]
