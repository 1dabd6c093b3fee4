/** The first of these names that is not taken; if all are, the last of them with the first number that is free. */
export function freeName(names: readonly [string, ...string[]], isTaken: (name: string) => boolean): string {
  const free = names.find((name) => !isTaken(name))
  if (free !== undefined) return free
  const last = names.at(-1) ?? names[0]
  for (let number = 2; ; number++) {
    if (!isTaken(`${last}${number}`)) return `${last}${number}`
  }
}
