import type { AnnotatedField } from '../annotated-fields.js'
import { defaultFunction, type Field } from '../dmmf.js'
import { type Lock, placeOf } from '../lock/record.js'
import type { Problem } from '../problems.js'

/** What newly annotated fields mean for existing rows, which no migration encrypts. */
export function addedWarnings(lock: Lock, added: readonly AnnotatedField[]): Problem[] {
  // Without a lock file nothing was encrypted: all existing rows are in plaintext, with or without the migration.
  if (isEmpty(lock)) return []
  return added.flatMap(({ model, field, encrypted, index }): Problem[] => {
    // A new model has no rows.
    if (lock.complete && !lock.models.has(model.name)) return []
    const place = { model: model.name, field: field.name }
    if (encrypted !== undefined && fillsRows(field)) {
      return [
        {
          ...place,
          message:
            'the migration fills existing rows with the default in plaintext, and reading them fails with ' +
            'ENVELOPE_NOT_AN_ENVELOPE. Write the field as optional and without `@default` instead, and set the value through ' +
            'the client; or encrypt what the migration filled in (docs/schema-changes.md). A new table needs neither.',
        },
      ]
    }
    if (index !== undefined && lock.fields.has(placeOf({ model: model.name, field: index.source }))) {
      return [
        {
          ...place,
          message: `searches by this index do not find existing rows. Write their ${index.source} again as well (docs/schema-changes.md).`,
        },
      ]
    }
    return []
  })
}

function isEmpty({ complete, models, fields }: Lock): boolean {
  return !complete && models.size === 0 && fields.size === 0
}

/** Whether the migration fills existing rows: not with the elements of an empty list, nor with what Prisma's client makes. */
function fillsRows(field: Field): boolean {
  const { hasDefaultValue, default: literal } = field
  return hasDefaultValue && defaultFunction(field) === undefined && !(Array.isArray(literal) && literal.length === 0)
}
