import { jsonType, type ValueType, type ValueTypeName, valueTypes } from '../../values/index.js'
import { documentText } from './json-document.js'

const fieldTypes: Readonly<Record<ValueTypeName, ValueType>> = { ...valueTypes, json: jsonType(documentText) }

/** The type of that name, whose Json documents are stored as Prisma would store them. */
export function fieldType(name: ValueTypeName): ValueType {
  return fieldTypes[name]
}
