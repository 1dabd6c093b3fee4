import type { SchemaName } from './models.js'

/** One rule, and the change of a source that breaks it. */
export interface Mutation {
  readonly rule: string
  /** Whose twins have it to notice. */
  readonly schema: SchemaName
  /** From `src/prisma/query/` on. */
  readonly file: string
  readonly from: string
  readonly to: string
}
