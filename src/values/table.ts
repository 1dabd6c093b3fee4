import { bytes } from './bytes.js'
import { json } from './json.js'
import type { ValueTypeName } from './names.js'
import { text } from './text.js'
import type { ValueType } from './value-type.js'

/** The types of encrypted values, by their names. */
export const valueTypes = { text, json, bytes } as const satisfies Record<ValueTypeName, ValueType>

const byPrismaType: ReadonlyMap<string, ValueType> = new Map(
  Object.values(valueTypes).flatMap((type: ValueType) => type.prismaTypes.map((name) => [name, type] as const)),
)

/** The value type of a field of this Prisma type, or `undefined` if such fields cannot be encrypted. */
export function valueTypeOf(prismaType: string): ValueType | undefined {
  return byPrismaType.get(prismaType)
}

/** Prisma's names for the types that can be encrypted. */
export const encryptableTypes: readonly string[] = [...byPrismaType.keys()]
