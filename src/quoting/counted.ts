/** A count with what is counted: `1 row`, `1,200 rows`. The word in the plural may be followed by its verb: both agree. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`
}
