/** What holds a value: the object whose field it is, or the list that it is an element of. */
export type Holder = Record<string, unknown> | unknown[]

/** Both as one type to look a key up in: a list has indexes as an object has fields. */
type Fields = Record<string | number, unknown>

/** The value at a place: a field of an object, or an element of a list. */
export function valueAt(holder: Holder, key: string | number): unknown {
  return (holder as Fields)[key]
}

/** Puts a value in its place. Not with `Reflect.set`, which takes twice as long and silently ignores a frozen object. */
export function putAt(holder: Holder, key: string | number, value: unknown): void {
  ;(holder as Fields)[key] = value
}
