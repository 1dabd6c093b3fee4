import type { StoredValue } from './contract.js'

/** Quoted text and names, which hold no placeholders; or a placeholder. */
const placeholder = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\?|\$(\d+)/g

/** `?` in order to PostgreSQL's `$1`, `$2`…; a statement that already has those stays as it is. */
export function toNumbered(sql: string): string {
  if ([...sql.matchAll(placeholder)].some((match) => match[1] !== undefined)) return sql
  let count = 0
  return sql.replace(placeholder, (token) => (token === '?' ? `$${++count}` : token))
}

/** `$1`, `$2`… to SQLite's `?` in order, the parameters reordered and repeated with them. */
export function toAnonymous(sql: string, params: readonly StoredValue[]): { sql: string; args: StoredValue[] } {
  const args: StoredValue[] = []
  let next = 0
  const text = sql.replace(placeholder, (token, number: string | undefined) => {
    if (number === undefined && token !== '?') return token
    args.push(params[number === undefined ? next++ : Number(number) - 1] ?? null)
    return '?'
  })
  return { sql: text, args }
}
