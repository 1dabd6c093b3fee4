import {
  type Annotation,
  type EncryptedAnnotation,
  type IndexAnnotation,
  type KeyTableAnnotation,
  type ModelAnnotation,
  parseAnnotations,
  type RowsAnnotation,
  type TenantAnnotation,
} from './annotations.js'
import type { Datamodel, Field, Model } from './dmmf.js'
import type { OwnTablePart } from './key-table.js'
import type { Problem } from './problems.js'

/** A field with annotations, parsed. */
export interface AnnotatedField {
  readonly model: Model
  readonly field: Field
  readonly encrypted?: EncryptedAnnotation
  readonly index?: IndexAnnotation
  readonly tenant?: TenantAnnotation
  /** `@encrypted(links: accepted)`, on a relation, of which nothing is encrypted. */
  readonly links?: 'accepted'
  /** An annotation could not be parsed, which has been reported: anything else about this field would be a guess. */
  readonly broken: boolean
}

/** A model with an annotation above it. */
export interface AnnotatedModel {
  readonly model: Model
  readonly rows: 'shared' | 'bound'
}

/** A model that is annotated as one of the two of the key table, or as that of the jobs. */
export interface KeyModel {
  readonly model: Model
  readonly part: OwnTablePart
}

/** What the comments of a schema say. */
export interface SchemaAnnotations {
  readonly annotated: readonly AnnotatedField[]
  readonly annotatedModels: readonly AnnotatedModel[]
  readonly keyModels: readonly KeyModel[]
  readonly problems: Problem[]
}

/** Reads the comments of the whole schema. */
export function annotationsOf(datamodel: Datamodel): SchemaAnnotations {
  const annotated: AnnotatedField[] = []
  const annotatedModels: AnnotatedModel[] = []
  const keyModels: KeyModel[] = []
  const problems: Problem[] = []

  for (const model of datamodel.models) {
    const above = parseAnnotations(model.documentation ?? '')
    problems.push(...above.problems.map((message) => ({ model: model.name, message })))
    for (const annotation of above.annotations) {
      if (isOfKeyTable(annotation)) keyModels.push({ model, part: partOf(annotation) })
      else if (isOfModel(annotation)) annotatedModels.push({ model, rows: rowsOf(annotation) })
      else problems.push({ model: model.name, message: misplacedOn('a model', annotation, 'its fields') })
    }
    for (const field of model.fields) {
      const parsed = parseAnnotations(field.documentation ?? '')
      const place = { model: model.name, field: field.name }
      problems.push(...parsed.problems.map((message) => ({ ...place, message })))
      for (const { name } of parsed.annotations.filter(isOfModel)) {
        const message = `\`@${name}\` is about all rows of ${model.name}. Write \`/// @${name}\` on a line of its own above \`model ${model.name} {\` instead.`
        problems.push({ ...place, message })
      }
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
        annotated.push({ model, field, broken, ...byName(field, parsed.annotations) })
    }
  }
  for (const { name, documentation, values } of datamodel.enums) {
    problems.push(...misplaced(name, undefined, documentation, 'an enum', 'a field of type `String`'))
    for (const value of values) {
      problems.push(...misplaced(name, value.name, value.documentation, 'an enum value', 'a field of type `String`'))
    }
  }
  return { annotated, annotatedModels, keyModels, problems }
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
    ...annotations.map((annotation) => ({ model, field, message: misplacedOn(holder, annotation, instead) })),
  ]
}

function misplacedOn(holder: string, annotation: Annotation, instead: string): string {
  const place = isOfModel(annotation) ? 'above a model' : `on ${instead}`
  return `\`@${annotation.name}\` is on ${holder}, where it encrypts nothing. Write it ${place} instead.`
}

function byName(
  field: Field,
  annotations: readonly Annotation[],
): Pick<AnnotatedField, 'encrypted' | 'index' | 'tenant' | 'links'> {
  const found: {
    encrypted?: EncryptedAnnotation
    index?: IndexAnnotation
    tenant?: TenantAnnotation
    links?: 'accepted'
  } = {}
  for (const annotation of annotations) {
    if (annotation.name === 'encrypted.tenant') found.tenant = annotation
    else if (annotation.name === 'encrypted.index') found.index = annotation
    else if (annotation.name === 'encrypted') {
      const { links, ...others } = annotation.options
      if (field.kind === 'object' && links !== undefined && Object.keys(others).length === 0) found.links = links
      else found.encrypted = annotation
    }
  }
  return found
}

/** Whether an annotation is about all rows of a model. */
export function isOfModel(annotation: Annotation): annotation is ModelAnnotation {
  return annotation.name === 'encrypted.shared' || annotation.name === 'encrypted.bound' || isOfKeyTable(annotation)
}

function isOfKeyTable(annotation: Annotation): annotation is KeyTableAnnotation {
  return Object.hasOwn(PARTS, annotation.name)
}

const PARTS: Readonly<Record<KeyTableAnnotation['name'], OwnTablePart>> = {
  'encrypted.keys': 'keys',
  'encrypted.keyCounts': 'counts',
  'encrypted.jobs': 'jobs',
}

function partOf({ name }: KeyTableAnnotation): OwnTablePart {
  return PARTS[name]
}

function rowsOf({ name }: RowsAnnotation): AnnotatedModel['rows'] {
  return name === 'encrypted.shared' ? 'shared' : 'bound'
}

function isIndex(annotation: Annotation): annotation is IndexAnnotation {
  return annotation.name === 'encrypted.index'
}
