import type { Problem } from '../problems.js'

/** Views of a schema with encrypted fields: the schema does not show which of their columns read one. */
export function viewWarnings(views: Iterable<string>): Problem[] {
  return [...views].map((view) => ({
    model: view,
    message:
      'a view does not decrypt. If it selects an encrypted column, it contains ciphertext, which is refused on reading. ' +
      'Read encrypted fields through their model instead, and leave them out of the view.',
  }))
}
