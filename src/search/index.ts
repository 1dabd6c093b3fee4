export type { IndexKind, Operand } from './kinds/index-kind.js'
export { indexKinds } from './kinds/table.js'
export { type NormalizerName, normalize } from './normalize.js'
export { type IndexDefinition, indexSubkey, TOKEN_LENGTH, tokenKey } from './token.js'
