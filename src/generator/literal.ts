/** Plain data, such as the model map. */
export type Literal = string | number | boolean | readonly Literal[] | { readonly [key: string]: Literal | undefined }

const lineWidth = 120

/** Plain data as the source text of a JavaScript literal: on one line if it fits, otherwise one entry per line. */
export function literal(value: Literal, indent = 0, room = lineWidth): string {
  const flat = flatLiteral(value)
  if (flat.length <= room - indent || !isNested(value)) return flat
  const pad = ' '.repeat(indent + 2)
  const close = ' '.repeat(indent)
  if (isArray(value)) {
    return `[\n${value.map((item) => `${pad}${literal(item, indent + 2)},\n`).join('')}${close}]`
  }
  const lines = entriesOf(value).map(([key, item]) => {
    const name = keyText(key)
    return `${pad}${name}: ${literal(item, indent + 2, lineWidth - name.length - 3)},\n`
  })
  return `{\n${lines.join('')}${close}}`
}

/** The type of that literal, deeply read-only, as with `as const`. */
export function literalType(value: Literal, indent = 0): string {
  if (isArray(value)) return `readonly [${value.map((item) => literalType(item, indent)).join(', ')}]`
  if (!isNested(value)) return flatLiteral(value)
  const entries = entriesOf(value)
  if (entries.length === 0) return '{}'
  const pad = ' '.repeat(indent + 2)
  const lines = entries.map(([key, item]) => `${pad}readonly ${keyText(key)}: ${literalType(item, indent + 2)}\n`)
  return `{\n${lines.join('')}${' '.repeat(indent)}}`
}

function flatLiteral(value: Literal): string {
  if (typeof value === 'string') return quote(value)
  if (!isNested(value)) return String(value)
  if (isArray(value)) return `[${value.map(flatLiteral).join(', ')}]`
  const entries = entriesOf(value).map(([key, item]) => `${keyText(key)}: ${flatLiteral(item)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

function keyText(key: string): string {
  // A plain `__proto__:` would set the object's prototype; Prisma allows the name for a compound unique.
  if (key === '__proto__') return `['__proto__']`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key)
}

function quote(text: string): string {
  // JSON's escapes are JavaScript's, except for the two line separators, which JSON does not escape.
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${escaped.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`
}

function entriesOf(value: { readonly [key: string]: Literal | undefined }): [string, Literal][] {
  return Object.entries(value).flatMap(([key, item]): [string, Literal][] => (item === undefined ? [] : [[key, item]]))
}

function isNested(value: Literal): value is Extract<Literal, object> {
  return typeof value === 'object'
}

function isArray(value: Literal): value is readonly Literal[] {
  return Array.isArray(value)
}
