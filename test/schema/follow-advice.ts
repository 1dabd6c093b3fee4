/** Does to a schema's text what refusals and warnings of `prisma generate` say, to the letter; what it cannot follow stays. */
export function followAdvice(schema: string, messages: readonly string[]): string {
  let changed = schema
  for (const message of messages) {
    const [, model, field] = /^(\w+)(?:\.(\w+))?:/.exec(message) ?? []
    if (model === undefined) continue
    if (model === 'generator') changed = withSharedTenant(changed, message)
    else changed = inModel(changed, model, (lines) => follow(lines, field ?? '', message))
  }
  return changed
}

function withSharedTenant(schema: string, message: string): string {
  const [line] = /sharedTenant = "\w+"/.exec(message) ?? []
  if (line === undefined || schema.includes(line)) return schema
  return schema.replace(/^(generator encryption \{\n)/m, `$1  ${line}\n`)
}

function inModel(schema: string, model: string, change: (lines: string[]) => string[]): string {
  const lines = schema.split('\n')
  const start = lines.findIndex((line) => new RegExp(`^model\\s+${model}\\s*\\{`).test(line)) + 1
  const end = lines.findIndex((line, i) => i >= start && line.startsWith('}'))
  return [...lines.slice(0, start), ...change(lines.slice(start, end)), ...lines.slice(end)].join('\n')
}

function follow(lines: string[], field: string, message: string): string[] {
  let changed = lines
  const replace = (name: string, edit: (line: string) => string): void => {
    changed = changed.map((line) => (new RegExp(`^\\s*${name}\\s`).test(line) ? edit(line) : line))
  }
  const add = (line: string): void => {
    changed = [...changed, `  ${line}`]
  }

  const [, columns = '', compounds = ''] = /^(.*?)(`@@.*in place of.*)?$/.exec(message) ?? []
  const [, block] = /in place of (`@@\w+\(\[\w+\]\)`) instead/.exec(columns) ?? []
  for (const [, column = '', note] of columns.matchAll(/`(\w+ Bytes[^`]*)` with `(\/\/\/ [^`]*)`/g)) {
    if (!changed.some((line) => new RegExp(`^\\s*${column.split(' ')[0]}\\s`).test(line))) add(`${column} ${note}`)
  }
  for (const [, column = ''] of columns.matchAll(/index column(?: as|,) `(\w+ Bytes[^`]*)`/g)) {
    replace(column.split(' ')[0] ?? '', (line) => `  ${column} ${/\/\/\/.*$/.exec(line)?.[0] ?? ''}`)
  }
  if (/cannot be encrypted:.*`\w+ Bytes[^`]* @(id|unique)\b/.test(message)) {
    replace(field, (line) => line.replace(/\s@(id|unique)(\([^)]*\))?(?=\s|$)/, ''))
  }
  const [written = '', former = ''] = compounds.split('in place of')
  const news = attributesIn(written)
  for (const [i, old] of attributesIn(former).entries()) {
    changed = changed.map((line) => (isAttribute(line, old) ? `  ${news[i]}` : line))
  }
  for (const lost of attributesIn(block ?? /the model without (.*)$/.exec(message)?.[1] ?? '')) {
    changed = changed.filter((line) => !isAttribute(line, lost))
  }
  const [, native] = /Write `(@db\.\w+(?:\(\d+\))?)`/.exec(message) ?? []
  if (native !== undefined) {
    replace(field, (line) => {
      const plain = line.replace(/\s@db\.\w+(\([^)]*\))?/, '')
      return plain.replace(/^(\s*\w+\s+\w+\??)/, `$1 ${native}`)
    })
  }
  if (/Write `onDelete: Cascade`/.test(message)) {
    replace(field, (line) =>
      line.includes('onDelete:')
        ? line.replace(/onDelete: \w+/, 'onDelete: Cascade')
        : line.replace(/(@relation\([^)]*\])\)/, '$1, onDelete: Cascade)'),
    )
  }
  const [, index] = /(?:Write|or) `(@@index\(\[[\w, ]+\]\))` as well/.exec(message) ?? []
  const [, type] = /, and the type `(Bytes[^`]*)`/.exec(message) ?? []
  if (type !== undefined) replace(field, (line) => line.replace(/\bBytes\?/, type))
  if (index !== undefined && !changed.some((line) => line.trim() === index)) add(index)
  return changed
}

/** `` `@@index([a, b])` and `@@index([c])` `` */
function attributesIn(text: string): string[] {
  return [...text.matchAll(/`(@@[^`]*)`/g)].map(([, attribute = '']) => attribute)
}

/** Whether a line of the schema is this attribute, which a message shows without the details of its fields. */
function isAttribute(line: string, attribute: string): boolean {
  const simple = (text: string): string => {
    const [, name, list] =
      /^\s*(@@\w+)\(\s*(?:fields:\s*)?\[?([^\]()]*)[\])]/.exec(
        text.replaceAll(/\([^[()]*(\([^()]*\))?[^[()]*\)(?=\s*[,\]])/g, ''),
      ) ?? []
    const algorithm = /type: (\w+)/.exec(text)?.[1] ?? ''
    return `${name}${list?.replaceAll(/\s/g, '')}${['BTree', 'Hash'].includes(algorithm) ? '' : algorithm}`
  }
  return simple(line) === simple(attribute)
}
