import { helpers } from './helpers.js'
import { patchFields, unpatchedFields } from './patch-fields.js'
import type { ModelRestrictions } from './restrictions.js'
import type { CompoundSelectors, ModelSelectors, Selector, SourceType } from './selectors.js'
import { UnknownShape } from './unknown-shape.js'

/**
 * The first line of a patched file, by which we recognize it: `prisma generate --generator …` may run us twice on one
 * client.
 */
const mark =
  '/* Patched by prisma-envelope (`types = "patch"`): encrypted fields are accepted where they can be answered, and nowhere else. */'

/** The type of bytes in the generated clients. */
export type BytesType = 'runtime.Bytes' | 'Bytes'

/** What a file declares that is to be changed, and what the whole schema has. */
export interface Changes {
  /** The models whose unique inputs are in the file, and take an encrypted field. */
  readonly selectors: readonly ModelSelectors[]
  /** The models with encrypted fields whose inputs are in the file. */
  readonly restricted: readonly ModelRestrictions[]
  /** All models with encrypted fields: a file may select their fields for `distinct` along a relation. */
  readonly restrictions: ReadonlyMap<string, ModelRestrictions>
  readonly bytes: BytesType
}

/**
 * Widens the unique inputs of models in the text of a generated client's file, and narrows the types of encrypted fields. Text
 * that was already patched has the same result as text that Prisma wrote. Throws `UnknownShape` rather than guess.
 */
export function patchText(text: string, { selectors, restricted, restrictions, bytes }: Changes): string {
  const original = unpatched(text)
  const lines = original.split('\n')
  for (const model of selectors) {
    const fields = patchUnique(lines, model, bytes)
    for (const compound of model.compounds)
      patchCompound(lines, model.model, compound, fields.get(compound.name), bytes)
  }
  patchFields(lines, restricted, restrictions)
  const patched = lines.join('\n')
  return patched === original ? original : `${mark}\n${patched}${helpers}`
}

const uniqueHead = 'Prisma.AtLeast<{'
const patchedUniqueHead = 'PrismaEnvelopeUnique<{'
const compoundHead = 'PrismaEnvelopeCompound<'

/** Patches `<Model>WhereUniqueInput` in place and returns its fields, by name. */
function patchUnique(
  lines: string[],
  { model, keys, singles }: ModelSelectors,
  bytes: BytesType,
): ReadonlyMap<string, string> {
  const name = `${model}WhereUniqueInput`
  const block = findBlock(lines, model, name, uniqueHead)
  const tail = /^\}, ("\w+"(?: \| "\w+")*)>$/.exec(block.tail)
  if (tail?.[1] === undefined) throw new UnknownShape(model, `the end of \`${name}\``)
  if (!sameNames(tail[1].split(' | ').map(unquoted), keys)) {
    throw new UnknownShape(model, `\`${name}\` with the keys ${keys.join(', ')}, as the schema has them`)
  }
  const fields = fieldsOf(model, name, block, /^(\w+)\?: (.+)$/)
  for (const { index, source, sourceType } of singles) {
    for (const [field, type] of [
      [index, bytes],
      [source, typeText(sourceType, bytes)],
    ] as const) {
      const accepted = fields.get(field)?.split(' | ') ?? []
      if (!accepted.includes(type)) throw new UnknownShape(model, `\`${name}.${field}\` with the type \`${type}\``)
    }
  }
  if (singles.length > 0) {
    lines[block.start] = block.head.replace(uniqueHead, patchedUniqueHead)
    lines[block.end] = `${block.indent}}, ${tail[1]}, ${sources(singles, bytes)}>`
  }
  return fields
}

/** Patches the type of one compound key in place. */
function patchCompound(
  lines: string[],
  model: string,
  { name, fields, selectors }: CompoundSelectors,
  written: string | undefined,
  bytes: BytesType,
): void {
  const type = /^(?:Prisma\.)?(\w+)(?: \|.*)?$/.exec(written ?? '')?.[1]
  if (type === undefined) throw new UnknownShape(model, `\`${model}WhereUniqueInput.${name}\``)
  const block = findBlock(lines, model, type, '{')
  const found = fieldsOf(model, type, block, /^(\w+): (.+)$/)
  if (block.tail !== '}' || !sameNames([...found.keys()], fields)) {
    throw new UnknownShape(model, `\`${type}\` with the fields ${fields.join(', ')}, as the schema has them`)
  }
  for (const { index } of selectors) {
    if (found.get(index) !== bytes) throw new UnknownShape(model, `\`${type}.${index}\` with the type \`${bytes}\``)
  }
  lines[block.start] = block.head.replace(/\{$/, `${compoundHead.repeat(selectors.length)}{`)
  lines[block.end] = `${block.indent}}${selectors.map((one) => `, ${sources([one], bytes)}, "${one.index}">`).join('')}`
}

interface Block {
  readonly start: number
  readonly end: number
  readonly indent: string
  readonly head: string
  /** The last line, without its indentation. */
  readonly tail: string
  readonly body: readonly string[]
}

/** The one declaration `export type <name> = <opening>` of the file, up to the brace that closes it. */
function findBlock(lines: readonly string[], model: string, name: string, opening: string): Block {
  const head = `export type ${name} = ${opening}`
  const starts = lines.flatMap((line, i) => (line.trim() === head ? [i] : []))
  const [start] = starts
  if (start === undefined || starts.length > 1) throw new UnknownShape(model, `one \`${head}\``)
  const first = lines[start] ?? ''
  const indent = first.slice(0, first.indexOf('e'))
  const length = lines.slice(start + 1).findIndex((line) => !line.startsWith(`${indent}  `))
  const end = start + 1 + length
  const last = lines[end] ?? ''
  if (length < 1 || !last.startsWith(`${indent}}`)) throw new UnknownShape(model, `the end of \`${name}\``)
  return { start, end, indent, head: first, tail: last.slice(indent.length), body: lines.slice(start + 1, end) }
}

/** The fields of a block, one per line, with the text of their types. */
function fieldsOf(model: string, name: string, block: Block, line: RegExp): Map<string, string> {
  return new Map(
    block.body.map((text) => {
      const [, field, type] = line.exec(text.slice(block.indent.length + 2)) ?? []
      if (field === undefined || type === undefined) throw new UnknownShape(model, `one field per line in \`${name}\``)
      return [field, type]
    }),
  )
}

/** `{ email: string, ssn: string }`. */
function sources(selectors: readonly Selector[], bytes: BytesType): string {
  return `{ ${selectors.map(({ source, sourceType }) => `${source}: ${typeText(sourceType, bytes)}`).join(', ')} }`
}

function typeText(type: SourceType, bytes: BytesType): string {
  return type === 'String' ? 'string' : bytes
}

function sameNames(found: readonly string[], expected: readonly string[]): boolean {
  // Prisma writes a name twice for a field that is unique in two ways: `@id @unique`.
  const names = new Set(found)
  return names.size === new Set(expected).size && expected.every((name) => names.has(name))
}

function unquoted(text: string): string {
  return text.slice(1, -1)
}

/** The text as Prisma wrote it: undoes `patchText`, line by line. */
export function unpatched(text: string): string {
  if (!text.startsWith(`${mark}\n`)) return text
  const body = text.slice(mark.length + 1)
  return unpatchedFields(body.endsWith(helpers) ? body.slice(0, -helpers.length) : body)
    .replaceAll(`= ${patchedUniqueHead}`, `= ${uniqueHead}`)
    .replace(/^( *\}, "\w+"(?: \| "\w+")*), \{ .* \}>$/gm, '$1>')
    .replace(/^( *export type \w+ = )(?:PrismaEnvelopeCompound<)+\{$/gm, '$1{')
    .replace(/^( *\})(?:, \{ \w+: [\w.]+ \}, "\w+">)+$/gm, '$1')
}
