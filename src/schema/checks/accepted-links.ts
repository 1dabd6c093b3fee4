import type { AnnotatedField } from '../annotated-fields.js'
import type { Link } from '../links.js'
import { placeOf } from '../lock/record.js'
import type { Problem } from '../problems.js'

/** Acceptances where no two tenants can be linked: they would hide a link that is made later. */
export function acceptedLinkProblems(annotated: readonly AnnotatedField[], links: readonly Link[]): Problem[] {
  return annotated.flatMap(({ model, field, links: accepted }): Problem[] => {
    const place = { model: model.name, field: field.name }
    if (accepted === undefined || links.some(({ sides }) => sides.includes(placeOf(place)))) return []
    return [
      {
        ...place,
        message:
          'rows of two tenants cannot be linked by this relation, so there is nothing to accept. ' +
          'Write it without `@encrypted(links: accepted)` instead.',
      },
    ]
  })
}
