import { OLD_CMK, type Stage, TENANT } from '../sweeps/stage.js'

/** The tenant whose rows are in plaintext, in the same table. */
export const PLAINTEXT = 'plain'

const AT_ONCE = 1_000
const FIRST = ['Ann', 'Bea', 'Cem', 'Dan', 'Eva', 'Finn', 'Gül', 'Hal', 'Ida', 'Jörg', 'Kai', 'Lea', 'Max']
const LAST = ['Ogden', 'Berg', 'Çelik', 'Dubois', 'Evans', 'Fischer', 'García', 'Huber', 'Ito', 'Jansen', 'Kaya']

/** A name and an address, of some twenty letters each. */
function person(i: number) {
  const [first = '', last = ''] = [FIRST[i % FIRST.length], LAST[(i * 7) % LAST.length]]
  return { ssn: `${first} ${last} ${i % 97}`, email: `${first}.${last}${i}@example.org`, age: i % 90 }
}

/** The same people twice: sealed, with their keys in the key table, and in plaintext. */
export async function fill(stage: Stage, count: number): Promise<void> {
  const acme = stage.client(OLD_CMK, 'table').$forTenant(TENANT) as unknown as Stage['plain']
  for (const [client, tenantId] of [
    [acme, TENANT],
    [stage.plain, PLAINTEXT],
  ] as const) {
    for (let from = 0; from < count; from += AT_ONCE) {
      const data = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => ({
        ...person(from + i),
        id: `${tenantId}-${String(from + i).padStart(8, '0')}`,
        tenantId,
      }))
      await client.patient.createMany({ data })
    }
  }
  await stage.execute('VACUUM ANALYZE patients')
}
