export { json, jsonType } from './json.js'
export { wrongType } from './refusals.js'
export { encryptableTypes, valueTypeOf, valueTypes } from './table.js'
export { type IndexableType, isIndexable, type ValueType } from './value-type.js'
