import { isOfModel } from '../annotated-fields.js'
import { parseAnnotations } from '../annotations.js'
import type { Datamodel } from '../dmmf.js'
import type { Problem } from '../problems.js'
import { type Block, readComments, type SourceComment } from './source-comments.js'

/**
 * Annotations that Prisma drops before a generator sees them, or assigns to a field that its author did not mean. Each
 * would silently leave a column in plaintext: in a `//` comment, at an `@ignore`d or `Unsupported` field, after the last
 * field, at a block attribute.
 */
export function sourceProblems(source: string, datamodel: Datamodel): Problem[] {
  return readComments(source)
    .filter(carriesAnnotation)
    .flatMap((comment) => {
      const message = problemOf(comment, datamodel)
      return message === undefined ? [] : [{ model: comment.block?.name ?? 'schema', field: comment.field, message }]
    })
}

function problemOf(comment: SourceComment, datamodel: Datamodel): string | undefined {
  const { block, field, text } = comment
  const at = ` (line ${comment.line} of the schema as Prisma prints it)`
  if (comment.kind === '//') {
    return `the annotation is in an ordinary comment, which Prisma drops${at}. Write \`/// ${text}\` with three slashes instead.`
  }
  if (comment.kind === '/*') {
    return `an annotation is in a \`/* … */\` comment, which Prisma assigns to the next field as a whole${at}. Write it after \`///\` instead, or remove it.`
  }
  if (block?.keyword === 'view') {
    return `views have no encrypted fields in this release${at}. Write the annotation on the model that the view reads instead.`
  }
  if (documentationOf(datamodel, block, field)?.includes(text)) return undefined
  if (field === undefined && block !== undefined && parseAnnotations(text).annotations.some(isOfModel)) {
    return datamodel.models.some(({ name }) => name === block.name)
      ? `Prisma drops the annotation \`${text}\`, because it is not directly above the model${at}. Write it on the line before \`model ${block.name} {\` instead.`
      : `the client does not know this model, which is \`@@ignore\`d${at}. Write the model without that, or without the annotation instead.`
  }
  if (field === undefined) {
    return `the annotation \`${text}\` does not belong to a field${at}. Write it directly above or after a field instead.`
  }
  if (documentationOf(datamodel, block, field) === undefined && !isKnown(datamodel, block, field)) {
    return `the client does not know this field, which is \`@ignore\`d or \`Unsupported\`, and cannot encrypt it${at}. Write the field without that, or without the annotation instead.`
  }
  return `Prisma drops the annotation \`${text}\`, because something is between it and the field${at}. Write it directly above or after the field instead.`
}

function documentationOf(
  datamodel: Datamodel,
  block: Block | undefined,
  field: string | undefined,
): string | undefined {
  const model = datamodel.models.find(({ name }) => name === block?.name)
  const enumeration = datamodel.enums.find(({ name }) => name === block?.name)
  if (field === undefined) return (model ?? enumeration)?.documentation
  const members = model?.fields ?? enumeration?.values ?? []
  return members.find(({ name }) => name === field)?.documentation
}

function isKnown(datamodel: Datamodel, block: Block | undefined, field: string): boolean {
  const model = datamodel.models.find(({ name }) => name === block?.name)
  return model?.fields.some(({ name }) => name === field) ?? false
}

/**
 * Whether a comment contains an annotation. A `//` comment counts only if it begins with one, or follows a field: a line
 * that was commented out (`// email String /// @encrypted`) is not an annotation.
 */
function carriesAnnotation({ kind, text, behindCode }: SourceComment): boolean {
  if (kind === '//' && !behindCode && !text.startsWith('@')) return false
  const { annotations, problems } = parseAnnotations(text)
  return annotations.length > 0 || problems.length > 0
}
