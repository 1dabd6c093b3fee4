import { domain } from './domain.js'
import { equality } from './equality.js'
import { first } from './first.js'
import type { IndexKind } from './index-kind.js'
import { last } from './last.js'
import type { IndexKindName } from './names.js'

/** The kind of an index, by its name in the model map, and its length where it has one. */
export function indexKindOf(name: IndexKindName, length = 0): IndexKind {
  switch (name) {
    case 'equality':
      return equality
    case 'first':
      return first(length)
    case 'last':
      return last(length)
    case 'domain':
      return domain
  }
}
