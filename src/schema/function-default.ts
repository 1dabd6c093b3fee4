import type { DefaultFunction } from './dmmf.js'
import { type FunctionDefault, functionNames } from './model-map.js'

/** A function of `@default` whose value we generate before it is sealed, as Prisma's client does; `undefined` for others. */
export function functionDefault({ name, args }: DefaultFunction): FunctionDefault | undefined {
  const known = functionNames.find((one) => one === name)
  if (known === undefined) return undefined
  // Prisma accepts only whole numbers here.
  return { function: known, args: args.filter((arg) => typeof arg === 'number') }
}
