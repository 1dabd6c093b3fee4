import { type AnnotationName, grammarOf, isAnnotationName, type OptionsOf } from './grammar.js'
import { type Argument, readArguments } from './lexer.js'
import { likelyMeant } from './near-miss.js'
import { nearest } from './spelling.js'

export type EncryptedAnnotation = Annotated<'encrypted'>
export type IndexAnnotation = Annotated<'encrypted.index'> & { readonly source: string }
export type TenantAnnotation = Annotated<'encrypted.tenant'>
/** Above a model: which tenant owns its rows, where no field says so. */
export type RowsAnnotation = Annotated<'encrypted.shared'> | Annotated<'encrypted.bound'>
/** Above a model: that it is one of the two of the key table. */
export type KeyTableAnnotation =
  | Annotated<'encrypted.keys'>
  | Annotated<'encrypted.keyCounts'>
  | Annotated<'encrypted.jobs'>
export type ModelAnnotation = RowsAnnotation | KeyTableAnnotation
export type Annotation = EncryptedAnnotation | IndexAnnotation | TenantAnnotation | ModelAnnotation

interface Annotated<N extends AnnotationName> {
  readonly name: N
  /** The offset of the "@" in the comment. */
  readonly at: number
  readonly options: OptionsOf<N>
}

export interface ParsedComment {
  readonly annotations: readonly Annotation[]
  /** Messages that say what is wrong and what to write instead. */
  readonly problems: readonly string[]
}

// An "@" after a letter, digit or one of ".%+-" belongs to an e-mail address, after "\" it is escaped; a name before
// "/x" is an npm scope. Names may contain "-" and ":", so that `@encrypted-index` and another library's
// `@encryption:hash(email)` are read as one word.
const tag =
  /(?<![\p{L}\p{N}_.%+\\-]|[\p{L}\p{N}_.]\/)@([\p{L}_][\p{L}\p{N}_]*(?:[.:-][\p{L}\p{N}_]+)*)(?![\p{L}\p{N}_]|[/.:-][\p{L}\p{N}_])/gu

// `@encrypted?mode=strict` or `@encrypted=true`: the option syntax of other tools.
const foreignOptions = /^[?=[{<|&][\p{L}\p{N}_"]/u

/**
 * Finds the annotations in a documentation comment, among prose and the tags of other tools.
 *
 * A tag in a Markdown code span (`` `@encrypted` ``) is prose about the annotation and is ignored. What looks like a
 * misspelt annotation is a problem rather than prose, since the column would silently stay in plaintext. Never throws.
 */
export function parseAnnotations(comment: string): ParsedComment {
  const text = comment.replace(/`[^`\n]+`/g, (span) => ' '.repeat(span.length))
  const annotations: Annotation[] = []
  const problems: string[] = []
  const where = (at: number): string => position(comment, at)

  let from = 0
  for (;;) {
    tag.lastIndex = from
    const match = tag.exec(text)
    const written = match?.[1]
    if (match === null || written === undefined) break
    from = tag.lastIndex

    if (!isAnnotationName(written)) {
      const meant = likelyMeant(written)
      if (meant !== undefined)
        problems.push(`\`@${written}\`${where(match.index)} is not an annotation. Write ${meant} instead.`)
      continue
    }

    const rest = text.slice(from)
    if (foreignOptions.test(rest)) {
      problems.push(
        `\`@${written}${rest.slice(0, 1)}…\`${where(match.index)} is not the syntax for options. Write ${usage(written)} instead.`,
      )
      continue
    }
    if (spacedOptions(written, rest)) {
      problems.push(
        `a space before the parenthesis of \`@${written}\`${where(match.index)} turns the options into prose. Write \`@${written}(\` instead.`,
      )
      continue
    }

    let args: readonly Argument[] = []
    if (rest.startsWith('(')) {
      const read = readArguments(text, from + 1)
      from = read.end
      if (!read.ok) {
        problems.push(
          `\`@${written}(…)\`${where(read.at)} cannot be read: ${read.message}. Write ${usageMeant(written, rest.slice(1, from - tag.lastIndex))} instead.`,
        )
        continue
      }
      args = read.args
    }

    const already = annotations.some(({ name }) => name === written)
    if (already && written !== 'encrypted.index') {
      problems.push(`\`@${written}\`${where(match.index)} is given twice. Write it once instead.`)
      continue
    }
    const interpreted = interpret(written, match.index, args, where, rest.slice(1, from - tag.lastIndex))
    problems.push(...interpreted.problems)
    if (interpreted.annotation !== undefined) annotations.push(interpreted.annotation)
  }
  return { annotations, problems }
}

/** Applies the grammar of one annotation to its arguments. */
function interpret(
  name: AnnotationName,
  at: number,
  args: readonly Argument[],
  where: (at: number) => string,
  written: string,
): { annotation?: Annotation; problems: string[] } {
  const { positional, options: known } = grammarOf(name)
  const problems: string[] = []
  const options: Record<string, unknown> = {}
  let source: string | undefined

  for (const { name: option, value, written: valueWritten, at: place } of args) {
    if (option === undefined) {
      if (positional === undefined || value.kind !== 'word' || !/^[A-Za-z]\w*$/.test(value.text)) {
        const text = value.kind === 'list' ? 'a list' : JSON.stringify(value.text)
        problems.push(
          `\`@${name}\` does not accept ${text}${where(place)}. Write ${usageMeant(name, written)} instead.`,
        )
      } else if (source !== undefined) {
        problems.push(
          `\`@${name}\` accepts only one field, but ${value.text}${where(place)} is a second. Write ${usageMeant(name, written)} instead.`,
        )
      } else {
        source = value.text
      }
      continue
    }
    const grammarOfOption = Object.hasOwn(known, option) ? known[option] : undefined
    if (grammarOfOption === undefined) {
      problems.push(
        `\`@${name}\` has no option \`${option}\`${where(place)}. ${remedyForOption(name, option, written)}`,
      )
    } else if (Object.hasOwn(options, option)) {
      problems.push(`option \`${option}\` of \`@${name}\` is given twice${where(place)}. Write it once instead.`)
    } else {
      const read = grammarOfOption.read(value, valueWritten)
      if (read.ok) options[option] = read.value
      else {
        const example = grammarOfOption.example(valueWritten)
        problems.push(
          `option \`${option}\` of \`@${name}\`${where(place)} ${read.message}. Write for example \`${example}\` instead.`,
        )
        options[option] = undefined
      }
    }
  }

  if (positional !== undefined && source === undefined && problems.length === 0) {
    problems.push(`\`@${name}\`${where(at)} does not name ${positional.meaning}. Write ${usage(name)} instead.`)
  }
  if (problems.length > 0) return { problems }
  // Each value was read by the grammar's own entry for it, and `source` is set if the grammar has a positional.
  return { annotation: { name, at, options, ...(source === undefined ? {} : { source }) } as Annotation, problems }
}

function remedyForOption(name: AnnotationName, option: string, written: string): string {
  const known = Object.keys(grammarOf(name).options)
  if (known.includes('part') && PARTS.test(option)) return `Write ${usageMeant(name, written)} instead.`
  const meant = nearest(option, known, 2)
  if (meant !== undefined) return `Write \`${meant}\` instead.`
  if (known.length === 0) return `It has no options. Write ${usage(name)} instead.`
  return `Its options are: ${known.join(', ')}. Write one of them, or ${usage(name, sourceIn(written))} instead.`
}

/** The simplest correct form, for messages: `@encrypted.index(field)`. */
export function usage(name: AnnotationName, source?: string): string {
  const { positional } = grammarOf(name)
  return positional === undefined ? `\`@${name}\`` : `\`@${name}(${source ?? positional.example})\``
}

/** The correct form that is nearest to what stands in the parentheses: with the field and the options that are named there. */
function usageMeant(name: AnnotationName, written: string): string {
  const { positional, options } = grammarOf(name)
  const source = positional === undefined ? [] : [sourceIn(written) ?? positional.example]
  const begins = optionsIn(Object.keys(options), written)
  const meant = begins.flatMap(({ option, from }, at) => {
    const value = written.slice(from, begins[at + 1]?.at)
    return options[option]?.example(value.split('\n', 1)[0] ?? '') ?? []
  })
  const all = [...source, ...new Set(meant)]
  return all.length === 0 ? `\`@${name}\`` : `\`@${name}(${all.join(', ')})\``
}

const PARTS = /^(?:first|last|domain)$/

/** The one argument without a name, as far as it can be recognized. */
function sourceIn(written: string): string | undefined {
  return /^\s*["[]?([A-Za-z]\w*)(?=["\]\s]*(?:$|[,)]|\s+\w))(?!\s*[:(])/.exec(written)?.[1]
}

/** Where options begin in text that cannot be read as options. A kind of part without its option is one. */
function optionsIn(known: readonly string[], written: string): { option: string; at: number; from: number }[] {
  const found: { option: string; at: number; from: number }[] = []
  for (const match of written.matchAll(/([A-Za-z]+)(?=\s*[:=(]|\s+["[\d]|[\s"]*[,)])/g)) {
    const [, word = ''] = match
    const at = match.index
    const isPart = PARTS.test(word) && at > 0 && known.includes('part')
    if (isPart && !found.some(({ option }) => option === 'part')) found.push({ option: 'part', at, from: at })
    else if (known.includes(word) && /^\s*[:=("[\d]/.test(written.slice(at + word.length)))
      found.push({ option: word, at, from: at + word.length })
  }
  return found.filter(({ option }, at) => found.findIndex((other) => other.option === option) === at)
}

/** Whether parentheses after a space hold this annotation's options, so that ignoring them would drop something. */
function spacedOptions(name: AnnotationName, rest: string): boolean {
  const option = /^\s+\(\s*([A-Za-z]+)\s*:/.exec(rest)?.[1]
  return option !== undefined && Object.hasOwn(grammarOf(name).options, option)
}

/** ` (comment line 2, column 5)`; Prisma does not report where in the file a comment is. */
function position(comment: string, at: number): string {
  const lines = comment.slice(0, at).split('\n')
  const column = (lines.at(-1) ?? '').length + 1
  return comment.includes('\n') ? ` (comment line ${lines.length}, column ${column})` : ` (comment column ${column})`
}
