import { json, jsonType, type ValueType, valueTypeOf } from '../../values/index.js'
import { documentText } from './json-document.js'

const prismaJson = jsonType(documentText)

/** The type of the values in a field of this Prisma type, whose Json documents are stored as Prisma would store them. */
export function fieldType(prismaType: string): ValueType | undefined {
  const type = valueTypeOf(prismaType)
  return type === json ? prismaJson : type
}
