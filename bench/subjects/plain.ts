import { randomBytes } from 'node:crypto'
import { floorName, type Placement } from './names.js'
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
  extend: (client) => ({ client: withEmptyExtension(client) }),
}

/**
 * The floor: an extension that does nothing, over texts as long as envelopes. What it costs Prisma, the driver and PostgreSQL
 * to move such texts, and Prisma to walk the rows of an extended client: no extension that stores as many bytes can cost
 * less. They are not searched by, as nobody searches by envelopes.
 */
export function floor(placement: Placement, length: number): SubjectPlan {
  return {
    name: floorName(placement),
    encrypts: false,
    text: () => randomBytes(length).toString('base64').slice(0, length),
    extend: (client) => ({ client: withEmptyExtension(client) }),
  }
}

function withEmptyExtension(client: Parameters<SubjectPlan['extend']>[0]): unknown {
  return client.$extends({ query: { $allOperations: ({ args, query }) => query(args) } })
}
