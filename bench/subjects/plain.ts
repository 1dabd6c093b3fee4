import { randomBytes } from 'node:crypto'
import type { SubjectPlan } from './subject.js'

/** What everything is measured against. */
export const plain: SubjectPlan = {
  name: 'plain',
  encrypts: false,
  searchColumn: 'email',
  extend: (client) => ({ client }),
}

/** What a layer in front of each call costs that does nothing. */
export const emptyExtension: SubjectPlan = {
  name: 'empty extension',
  encrypts: false,
  searchColumn: 'email',
  extend: (client) => ({
    client: client.$extends({ query: { $allOperations: ({ args, query }) => query(args) } }),
  }),
}

/**
 * What it costs Prisma, the driver and PostgreSQL to move texts as long as envelopes, whoever made them: no encryption that
 * stores the same bytes can cost less. They are not searched by, as nobody searches by envelopes.
 */
export function longTexts(length: number): SubjectPlan {
  return {
    name: 'plain, texts as long as envelopes',
    encrypts: false,
    text: () => randomBytes(length).toString('base64').slice(0, length),
    extend: (client) => ({ client }),
  }
}
