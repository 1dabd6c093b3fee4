/** Parameters in a SELECT of ours. On SQLite, Prisma sends 999, the caller's among them, and splits only simple queries. */
const PARAMETERS = 200

/** How many keys of so many fields are looked up in one SELECT. */
export function keysAtATime(fields: number): number {
  return Math.max(1, Math.floor(PARAMETERS / fields))
}
