import { equality } from './equality.js'
import type { IndexKind } from './index-kind.js'
import type { IndexKindName } from './names.js'

/** The kinds of index, by their names in the model map. */
export const indexKinds: Readonly<Record<IndexKindName, IndexKind>> = { equality }
