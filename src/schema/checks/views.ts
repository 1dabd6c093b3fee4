import type { Datamodel } from '../dmmf.js'
import type { Problem } from '../problems.js'

/** Views of a schema with encrypted fields: the client cannot tell which of their columns read one. */
export function viewWarnings(source: string, datamodel: Datamodel): Problem[] {
  return [...source.matchAll(/^[ \t]*view[ \t]+(\w+)[ \t]*\{/gm)].flatMap(([, view = '']) => {
    // Within a `/* … */` comment it is no view.
    if (!datamodel.models.some(({ name }) => name === view)) return []
    return [
      {
        model: view,
        message:
          'a view does not decrypt. If it selects an encrypted column, it holds ciphertext, which is refused on reading. ' +
          'Read encrypted fields through their model instead, and leave them out of the view.',
      },
    ]
  })
}
