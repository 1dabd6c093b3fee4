import { NullTypes, skip } from '@prisma/client/runtime/client'

/** Prisma's null markers. A fresh instance each, so that one can be told from another; Prisma's own are such too. */
export function nullMarker(name: 'DbNull' | 'JsonNull' | 'AnyNull'): object {
  const Marker = NullTypes[name] as unknown as new () => object
  return new Marker()
}

export { skip }

/** `prisma.patient.fields.email`, in the shape of Prisma's own class, which it does not export. */
export class FieldReference {
  readonly modelName: string
  readonly name: string
  readonly typeName: string
  readonly isList: boolean
  readonly isEnum = false

  constructor(modelName: string, name: string, typeName: string, isList: boolean) {
    this.modelName = modelName
    this.name = name
    this.typeName = typeName
    this.isList = isList
  }

  _toGraphQLInputType(): string {
    return `${this.isList ? 'List' : ''}${this.typeName}FieldRefInput<${this.modelName}>`
  }
}
