export { type NormalizerName, normalize } from './normalize.js'
export { canonicalValue, type IndexDefinition, indexSubkey, indexToken, TOKEN_LENGTH } from './token.js'
