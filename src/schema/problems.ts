import { EnvelopeSchemaError } from '../errors.js'

/** One thing that is wrong with the schema: where, what, and what to write instead. */
export interface Problem {
  /** The model, enum or file. */
  readonly model: string
  readonly field?: string | undefined
  readonly message: string
}

/** `Model.field: what is wrong. Write … instead.` */
export function formatProblem(problem: Problem): string {
  const place = problem.field === undefined ? problem.model : `${problem.model}.${problem.field}`
  return `${place}: ${problem.message}`
}

/** One error for all problems, so that a developer can fix them together. */
export function schemaError(problems: readonly Problem[]): EnvelopeSchemaError {
  const [first, ...more] = problems
  const title =
    more.length === 0
      ? 'prisma-envelope cannot honour this Prisma schema:'
      : `prisma-envelope cannot honour this Prisma schema, for ${problems.length} reasons:`
  const place = first !== undefined && more.length === 0 ? { model: first.model, field: first.field } : {}
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`)
  return new EnvelopeSchemaError('ENVELOPE_SCHEMA_INVALID', [title, ...lines].join('\n'), place)
}
