/** What holds a value: the object whose field it is, or the list that it is an element of. */
export type Holder = Record<string, unknown> | unknown[]

/** Either, as what a key is looked up in: a list takes its indexes as an object takes its fields. */
type Fields = Record<string | number, unknown>

/** The value at a place: a field of an object, or an element of a list. */
export function valueAt(holder: Holder, key: string | number): unknown {
  return (holder as Fields)[key]
}

/** Puts a value in its place. Not by `Reflect.set`: that takes twice as long, and says nothing where an object is frozen. */
export function putAt(holder: Holder, key: string | number, value: unknown): void {
  ;(holder as Fields)[key] = value
}
