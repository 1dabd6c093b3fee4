import { MANY_PARTS, type Part, partText, SHORTEST_PART } from '../../search/index.js'
import { NO_PADDING, valueTypeOf } from '../../values/index.js'
import type { AnnotatedField } from '../annotated-fields.js'
import type { EncryptedAnnotation, IndexAnnotation } from '../annotations.js'
import type { Field, Model } from '../dmmf.js'
import { looksLowEntropy } from '../low-entropy.js'

/** The reasons why this column cannot be an index of a part of this field. */
export function partProblems(
  model: Model,
  field: Field,
  index: IndexAnnotation,
  source: Field | undefined,
  annotated: readonly AnnotatedField[],
): string[] {
  const { part, scope, normalize = [], leaks } = index.options
  if (part === undefined) {
    return leaks === undefined
      ? []
      : [
          `\`leaks\` is about several indexes of a part, and this is none. Write \`@encrypted.index(${index.source})\` without it instead.`,
        ]
  }
  const problems: string[] = []
  if (source !== undefined && valueTypeOf(source.type)?.normalizable === false) {
    problems.push(
      `only text has a beginning and an end that can be indexed, but ${source.name} is ${source.type}. Write \`@encrypted.index(${source.name})\` without \`part\` instead.`,
    )
  }
  if (part.length !== undefined && part.length < SHORTEST_PART && index.options.lowEntropy === undefined) {
    problems.push(
      `one character has few possible values, which can be guessed from their tokens. Write \`part: ${part.kind}(${SHORTEST_PART})\` or more, or \`lowEntropy: accepted\` as well if that is acceptable.`,
    )
  }
  if (part.kind === 'domain' && normalize.includes('digits')) {
    problems.push('`digits` leaves no "@", so no value has a domain. Write `part: domain` without it instead.')
  }
  if (scope === 'global') {
    problems.push(
      "parts of values are few and repeat, and only a key for each tenant keeps all tenants' rows from being compared by them at once. Write the index without `scope: global` instead.",
    )
  }
  if (isUnique(model, field)) {
    problems.push(
      `two values may have the same ${partText(part)}, so an index of a part cannot be an id or unique. Write \`@@index\` instead, and \`@unique\` on an index of the whole value.`,
    )
  }
  const normalizing = normalize.length === 0 ? [] : [`normalize: [${normalize.join(', ')}]`]
  const earlier = partsOf(annotated, model, index.source)
    .map(({ field: { name } }) => name)
    .slice(0, MANY_PARTS - 1)
  if (leaks === undefined && earlier.length >= MANY_PARTS - 1 && !earlier.includes(field.name)) {
    problems.push(
      `${index.source} has indexes of ${MANY_PARTS - 1} parts already (${earlier.join(', ')}), and the more of them stand in one row, the more of its value they give away. ` +
        `Write \`${indexText(index.source, part, [...normalizing, 'leaks: accepted'])}\` instead if that is acceptable, or drop the index.`,
    )
  }
  return problems
}

/** A part beside a length is as much as the whole: a field with such an index must hide how long its values are. */
export function paddingProblems(
  model: Model,
  field: Field,
  { options: { pad, write } }: EncryptedAnnotation,
  annotated: readonly AnnotatedField[],
): string[] {
  if ((pad ?? NO_PADDING) !== NO_PADDING || write !== undefined) return []
  const [found] = partsOf(annotated, model, field.name)
  return found === undefined
    ? []
    : [
        `it has an index of a part (${found.field.name}), and a part beside the exact length gives away whole values. Write \`@encrypted(pad: 16)\` instead.`,
      ]
}

/** The annotation of an index of a part, with the options that it needs. */
export function indexText(source: string, part: Part | undefined, options: readonly string[] = []): string {
  return `@encrypted.index(${[source, ...(part === undefined ? [] : [`part: ${partText(part)}`]), ...options].join(', ')})`
}

/** The line that accepts that a field's values can be guessed. */
export function lowEntropyProblems({ source, options }: IndexAnnotation): string[] {
  if (!looksLowEntropy(source) || options.lowEntropy !== undefined) return []
  const instead = `Write \`${indexText(source, options.part, ['lowEntropy: accepted'])}\` instead if that is acceptable, or drop the index.`
  return [`${source} looks like a field with few possible values, which can be guessed from its tokens. ${instead}`]
}

function partsOf(annotated: readonly AnnotatedField[], model: Model, source: string): AnnotatedField[] {
  return annotated.filter(
    (one) => one.model === model && one.index?.source === source && one.index.options.part !== undefined,
  )
}

function isUnique(model: Model, { name, isId, isUnique: unique }: Field): boolean {
  const compounds = [model.primaryKey?.fields ?? [], ...model.uniqueIndexes.map(({ fields }) => fields)]
  return isId || unique || compounds.some((fields) => fields.includes(name))
}
