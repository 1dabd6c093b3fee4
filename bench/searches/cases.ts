import type { Stage } from '../sweeps/stage.js'

/** A search, and what an application with plaintext would call in its place. Both return what tells the rows apart, in order. */
export interface Case {
  readonly name: string
  search(acme: ReturnType<Stage['client']>): Promise<readonly string[]>
  plain(client: Stage['plain'], tenantId: string): Promise<readonly string[]>
}

/** In one row of a hundred. */
const TYPED = 'OGDEN 1'
const PAGE = 20

const both = { OR: [{ ssn: { contains: TYPED } }, { email: { contains: TYPED } }] }
const ilike = {
  OR: [{ ssn: { contains: TYPED, mode: 'insensitive' } }, { email: { contains: TYPED, mode: 'insensitive' } }],
} as never
const numbers = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id.slice(id.indexOf('-')))

export const cases: readonly Case[] = [
  {
    name: 'contains, in either of two fields, any letter case',
    async search({ $encryption }) {
      return numbers((await $encryption.search('Patient', { match: both, mode: 'insensitive' })).rows)
    },
    async plain({ patient }, tenantId) {
      return numbers(
        await patient.findMany({
          where: { tenantId, ...(ilike as object) },
          select: { id: true },
          orderBy: { id: 'asc' },
        }),
      )
    },
  },
  {
    name: 'the same, ordered by one of them, the first 20 rows with both',
    async search({ $encryption }) {
      const { rows } = await $encryption.search('Patient', {
        match: both,
        mode: 'insensitive',
        orderBy: { email: 'asc' },
        select: { email: true, ssn: true },
        take: PAGE,
      })
      return rows.map(({ email }) => email)
    },
    async plain({ patient }, tenantId) {
      const rows = await patient.findMany({
        where: { tenantId, ...(ilike as object) },
        orderBy: { email: 'asc' } as never,
        select: { id: true, email: true, ssn: true },
        take: PAGE,
      })
      return rows.map(({ email }) => email)
    },
  },
  {
    name: 'all rows ordered by one field, the first 20',
    async search({ $encryption }) {
      const { rows } = await $encryption.search('Patient', {
        orderBy: { email: 'asc' },
        select: { email: true },
        take: PAGE,
      })
      return rows.map(({ email }) => email)
    },
    async plain({ patient }, tenantId) {
      const select = { id: true, email: true }
      const rows = await patient.findMany({
        where: { tenantId },
        orderBy: { email: 'asc' } as never,
        select,
        take: PAGE,
      })
      return rows.map(({ email }) => email)
    },
  },
]
