import type { Context } from 'hono'
import { z } from 'zod'
import { refuse } from './errors.js'

export const text = (longest: number) => z.string().trim().min(1).max(longest)
export const email = z.email().max(254)

/** The body of a request, as a schema wants it; otherwise a 400 that says what is wrong, to the one who sent it. */
export async function bodyOf<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const { data, error } = schema.safeParse(parseJson(await c.req.text()))
  return error ? refuse('invalid', z.prettifyError(error)) : data
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return refuse('invalid', 'The body must be JSON.')
  }
}
