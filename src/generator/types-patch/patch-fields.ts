import type { Answers, ModelRestrictions } from './restrictions.js'
import { UnknownShape } from './unknown-shape.js'

/**
 * Narrows the declarations of encrypted fields: in filters to what can be answered, in orders and aggregates to nothing.
 * Each line keeps what Prisma wrote, as a parameter of what is put around it, so that the patch can be undone.
 */

/** A declaration that lists a model's fields, and whether all encrypted ones must be in it. */
interface Declaration {
  readonly name: RegExp
  readonly complete?: true
  change(written: Written, restrictions: ModelRestrictions): string | undefined
}

/** `email?: Prisma.StringFilter<"Patient"> | string` */
interface Written {
  readonly field: string
  readonly optional: boolean
  readonly type: string
}

const DECLARATIONS: readonly Declaration[] = [
  { name: /^WhereInput$/, complete: true, change: filter },
  { name: /^(WhereUnique|ScalarWhere)Input$/, change: filter },
  { name: /^ScalarWhereWithAggregatesInput$/, complete: true, change: having },
  { name: /^OrderByWith(Relation|RelationAndSearchRelevance)Input$/, complete: true, change: nothing },
  { name: /^OrderByWithAggregationInput$/, complete: true, change: nothing },
  { name: /^(Min|Max)(OrderByAggregateInput|AggregateInputType)$/, change: nothing },
  { name: /^(Unchecked)?Create\w*Input$/, change: computed },
]

/** Narrows the declarations of these models in place; `names` are those of all models. Throws `UnknownShape`. */
export function patchFields(
  lines: string[],
  declared: readonly ModelRestrictions[],
  restrictions: ReadonlyMap<string, ModelRestrictions>,
): void {
  // `NoteCreateRequestWhereInput` is not one of Note's create inputs where there is a model NoteCreateRequest.
  const longestFirst = declared.toSorted((a, b) => b.model.length - a.model.length)
  const missing = new Set(
    declared.flatMap(({ model }) => DECLARATIONS.flatMap((one) => (one.complete ? [key(model, one)] : []))),
  )
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const [, indent = '', name = ''] = /^( *)export type (\w+) = (?:\w+(?:\.\w+)?<)?\{$/.exec(line) ?? []
    const found = name === '' ? undefined : declarationOf(name, longestFirst)
    if (found !== undefined) {
      missing.delete(key(found.restrictions.model, found.declaration))
      patchBlock(lines, at, indent, name, found)
    } else if (/^ *(?:by|distinct)\??: /.test(line)) lines[at] = withoutEncrypted(line, restrictions)
  }
  const [first] = missing
  if (first !== undefined) {
    const [model = '', declaration] = first.split(' ')
    throw new UnknownShape(model, `\`${model}${declaration}\``)
  }
}

/** Undoes it. */
export function unpatchedFields(text: string): string {
  return text
    .replace(
      /^( *\w+\?: )PrismaEnvelope(?:Equality|Parts|NullCheck|Document|List|Count)<([^,\n]+), ([^,\n]+)(?:, [^,\n]+){0,2}>$/gm,
      both,
    )
    .replace(/^( *\w+\?: )PrismaEnvelopeNone<(.+)>$/gm, '$1$2')
    .replace(/^( *\w+)\?: PrismaEnvelopeComputed<(.+)>$/gm, '$1: $2')
    .replace(/PrismaEnvelopePlain<([\w.]+), [^>\n]+>/g, '$1')
}

function both(_line: string, head: string, first: string, rest: string): string {
  return rest === 'never' ? `${head}${first}` : `${head}${first} | ${rest}`
}

interface Found {
  readonly declaration: Declaration
  readonly restrictions: ModelRestrictions
}

function declarationOf(name: string, declared: readonly ModelRestrictions[]): Found | undefined {
  for (const restrictions of declared) {
    if (!name.startsWith(restrictions.model)) continue
    const rest = name.slice(restrictions.model.length)
    const declaration = DECLARATIONS.find((one) => one.name.test(rest))
    if (declaration !== undefined) return { declaration, restrictions }
  }
  return undefined
}

function key(model: string, { name }: Declaration): string {
  return `${model} ${name.source.replace(/^\^|\$$/g, '')}`
}

function patchBlock(
  lines: string[],
  start: number,
  indent: string,
  name: string,
  { declaration, restrictions }: Found,
): void {
  const left = new Set(declaration.complete === true ? restrictions.fields.keys() : [])
  for (let at = start + 1; lines[at]?.startsWith(`${indent}  `) === true; at++) {
    const [, head = '', field = '', mark = '', type = ''] = /^( *)(\w+)(\??): (.+)$/.exec(lines[at] ?? '') ?? []
    const changed = field === '' ? undefined : declaration.change({ field, optional: mark === '?', type }, restrictions)
    if (changed === undefined) continue
    lines[at] = `${head}${field}?: ${changed}`
    left.delete(field)
  }
  const [absent] = left
  if (absent !== undefined) throw new UnknownShape(restrictions.model, `\`${name}.${absent}\``)
}

function filter({ field, type }: Written, { model, fields }: ModelRestrictions): string | undefined {
  const answers = fields.get(field)
  // The value of a unique field is no filter.
  if (answers === undefined || !type.includes('Filter<')) return undefined
  const [first, values] = parted(model, field, type)
  return wrapper(answers).replace('*', `${first}, ${values}`)
}

/** `PrismaEnvelopeParts<*, "equals" | "startsWith", "startsWith">`. */
function wrapper(answers: Answers): string {
  if (typeof answers === 'string') return WRAPPERS[answers]
  const union = (operators: readonly string[]): string =>
    operators.length === 0 ? 'never' : operators.map((operator) => JSON.stringify(operator)).join(' | ')
  return `PrismaEnvelopeParts<*, ${union(answers.operators)}, ${union(answers.anyCase)}>`
}

const WRAPPERS: Readonly<Record<Extract<Answers, string>, string>> = {
  equality: 'PrismaEnvelopeEquality<*, never>',
  'equality in any case': 'PrismaEnvelopeEquality<*, "mode">',
  null: 'PrismaEnvelopeNullCheck<*>',
  'null document': 'PrismaEnvelopeDocument<*>',
  emptiness: 'PrismaEnvelopeList<*>',
}

function having({ field, type }: Written, { model, fields }: ModelRestrictions): string | undefined {
  if (!fields.has(field)) return undefined
  const [first, values] = parted(model, field, type)
  return `PrismaEnvelopeCount<${first}, ${values}>`
}

/** `Prisma.StringFilter<"Patient"> | string | null`, taken apart after the filter. */
function parted(model: string, field: string, type: string): [filter: string, values: string] {
  const [first = '', ...values] = type.split(' | ')
  if (!/^(?:Prisma\.)?\w+Filter<"\w+">$/.test(first) || /[,<]/.test(values.join(' '))) {
    throw new UnknownShape(model, `the filter of \`${field}\` in one line`)
  }
  return [first, values.length === 0 ? 'never' : values.join(' | ')]
}

function nothing({ field, type }: Written, { fields }: ModelRestrictions): string | undefined {
  return fields.has(field) ? `PrismaEnvelopeNone<${type}>` : undefined
}

function computed({ field, optional, type }: Written, restrictions: ModelRestrictions): string | undefined {
  return !optional && restrictions.computed.has(field) ? `PrismaEnvelopeComputed<${type}>` : undefined
}

/** `by` and `distinct` without encrypted fields: of any model, since a list of rows is read in the file of another one. */
function withoutEncrypted(line: string, restrictions: ReadonlyMap<string, ModelRestrictions>): string {
  return line.replace(/(?:Prisma\.)?(\w+)ScalarFieldEnum\b/g, (written, model: string) => {
    const fields = restrictions.get(model)?.fields
    if (fields === undefined) return written
    return `PrismaEnvelopePlain<${written}, ${[...fields.keys()].map((field) => JSON.stringify(field)).join(' | ')}>`
  })
}
