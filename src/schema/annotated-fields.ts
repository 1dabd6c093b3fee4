import {
  type Annotation,
  type EncryptedAnnotation,
  type IndexAnnotation,
  parseAnnotations,
  type TenantAnnotation,
} from './annotations.js'
import type { Datamodel, Field, Model } from './dmmf.js'
import type { Problem } from './problems.js'

/** A field with annotations, parsed. */
export interface AnnotatedField {
  readonly model: Model
  readonly field: Field
  readonly encrypted?: EncryptedAnnotation
  readonly index?: IndexAnnotation
  readonly tenant?: TenantAnnotation
  /** An annotation could not be parsed, which has been reported: anything else about this field would be a guess. */
  readonly broken: boolean
}

/** Reads the comments of the whole schema. */
export function annotationsOf(datamodel: Datamodel): { annotated: AnnotatedField[]; problems: Problem[] } {
  const annotated: AnnotatedField[] = []
  const problems: Problem[] = []

  for (const model of datamodel.models) {
    problems.push(...misplaced(model.name, undefined, model.documentation, 'a model', 'its fields'))
    for (const field of model.fields) {
      const parsed = parseAnnotations(field.documentation ?? '')
      const place = { model: model.name, field: field.name }
      problems.push(...parsed.problems.map((message) => ({ ...place, message })))
      const indexes = parsed.annotations.filter(isIndex)
      if (indexes.length > 1) {
        const sources = indexes.map(({ source }) => source).join(' and ')
        problems.push({
          ...place,
          message: `one column cannot hold two indexes, of ${sources}. Write a second \`Bytes?\` column for the second index instead.`,
        })
      }
      const broken = parsed.problems.length > 0 || indexes.length > 1
      if (parsed.annotations.length > 0 || broken)
        annotated.push({ model, field, broken, ...byName(parsed.annotations) })
    }
  }
  for (const { name, documentation, values } of datamodel.enums) {
    problems.push(...misplaced(name, undefined, documentation, 'an enum', 'a field of type `String`'))
    for (const value of values) {
      problems.push(...misplaced(name, value.name, value.documentation, 'an enum value', 'a field of type `String`'))
    }
  }
  return { annotated, problems }
}

function misplaced(
  model: string,
  field: string | undefined,
  documentation: string | undefined,
  holder: string,
  instead: string,
): Problem[] {
  const { annotations, problems } = parseAnnotations(documentation ?? '')
  return [
    ...problems.map((message) => ({ model, field, message })),
    ...annotations.map(({ name }) => ({
      model,
      field,
      message: `\`@${name}\` is on ${holder}, where it encrypts nothing. Write it on ${instead} instead.`,
    })),
  ]
}

function byName(annotations: readonly Annotation[]): Pick<AnnotatedField, 'encrypted' | 'index' | 'tenant'> {
  const found: { encrypted?: EncryptedAnnotation; index?: IndexAnnotation; tenant?: TenantAnnotation } = {}
  for (const annotation of annotations) {
    if (annotation.name === 'encrypted') found.encrypted = annotation
    else if (annotation.name === 'encrypted.tenant') found.tenant = annotation
    else found.index = annotation
  }
  return found
}

function isIndex(annotation: Annotation): annotation is IndexAnnotation {
  return annotation.name === 'encrypted.index'
}
