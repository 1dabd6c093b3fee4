import type { EncryptedClient } from '../test/support/encrypted-client.js'

/** How many rows the bulk scenarios read and write, with two encrypted values each. */
export const ROWS = 1_000

/** One thing that is measured, on every client alike. */
export interface Scenario {
  readonly name: string
  /** How often it runs within one measurement: short calls are measured together. */
  readonly times: number
  run(client: BenchClient, turn: number): Promise<unknown>
}

/** The extended client stands for all: Prisma gives a plain client another type for the same calls. */
export type BenchClient = Pick<EncryptedClient, 'patient'>

export function patients(mark: string): { id: string; tenantId: string; email: string; ssn: string }[] {
  return Array.from({ length: ROWS }, (_, i) => ({
    id: `${mark}-${i}`,
    tenantId: 'acme',
    email: `somebody.${i}.${mark}@example.com`,
    ssn: `900-11-${String(i).padStart(4, '0')}`,
  }))
}

export const scenarios: readonly Scenario[] = [
  {
    name: `findMany, ${ROWS} rows x 2`,
    times: 1,
    run: ({ patient }) => patient.findMany({ select: { id: true, email: true, ssn: true }, take: ROWS }),
  },
  {
    name: 'findUnique',
    times: 100,
    run: ({ patient }) => patient.findUnique({ where: { id: 'seed-7' } }),
  },
  {
    name: 'update',
    times: 20,
    run: ({ patient }, turn) =>
      patient.update({ where: { id: 'seed-8', tenantId: 'acme' }, data: { ssn: String(turn) } }),
  },
  {
    name: `createMany, ${ROWS} rows x 2`,
    times: 1,
    async run({ patient }, turn) {
      await patient.createMany({ data: patients(`turn${turn}`) })
      await patient.deleteMany({ where: { id: { startsWith: `turn${turn}-` } } })
    },
  },
]
