/** How many pieces of work are under way at a time: while the database writes what one has made, another is sealed. */
export const LANES = 2

/** Works through all, in their order. Where one fails, no more are begun; throws when none is under way any more. */
export async function inLanes<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < all.length && failures.length === 0) {
      const at = next++
      try {
        await work(all[at] as T)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  if (failures.length > 0) throw failures[0]
}
