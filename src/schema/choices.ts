import type { Database } from '../databases/index.js'
import type { AnnotatedField, AnnotatedModel } from './annotated-fields.js'
import type { TenantAnnotation } from './annotations.js'
import type { Field, Model } from './dmmf.js'
import type { ColumnTenant, TenantEntry } from './model-map.js'

/** What a model's annotation says about which tenant owns its rows. */
export interface Choice {
  readonly model: Model
  /** The column or relation with the annotation; without one, it is above the model. */
  readonly field?: Field
  readonly tenant: TenantEntry
}

/** Every choice that the schema writes, in its order; of a correct schema, at most one for each model. */
export function choicesOf(
  database: Database,
  annotated: readonly AnnotatedField[],
  annotatedModels: readonly AnnotatedModel[],
): Choice[] {
  return [
    ...annotatedModels.map(({ model, rows }): Choice => ({ model, tenant: { from: rows } })),
    ...annotated.flatMap(({ model, field, tenant }): Choice[] =>
      tenant === undefined ? [] : [{ model, field, tenant: tenantEntry(database, field, tenant) }],
    ),
  ]
}

function tenantEntry(database: Database, field: Field, { options }: TenantAnnotation): TenantEntry {
  if (field.kind === 'object') return { from: 'relation', field: field.name }
  // tenantProblems accepts only these three.
  const type = field.type as ColumnTenant['type']
  const folds = type === 'String' && options.collation !== 'binary' && database.foldsText
  return {
    from: 'column',
    field: field.name,
    type,
    ...(field.isRequired ? {} : { optional: true as const }),
    ...(field.nativeType?.[0] === 'Uuid' ? { uuid: true as const } : {}),
    ...(folds ? { folds: true as const } : {}),
  }
}

/** The choice of each model, by its name; of several, which are a problem, the first. */
export function byModel(choices: readonly Choice[]): ReadonlyMap<string, Choice> {
  const first = new Map<string, Choice>()
  for (const choice of choices) if (!first.has(choice.model.name)) first.set(choice.model.name, choice)
  return first
}

/** Whether all rows of a model are shared: by its annotation, or because they belong to shared rows. */
export function areShared(choices: ReadonlyMap<string, Choice>, model: string): boolean {
  const seen = new Set<string>()
  for (let name = model; !seen.has(name); ) {
    seen.add(name)
    const { tenant, field } = choices.get(name) ?? {}
    if (tenant?.from !== 'relation' || field === undefined) return tenant?.from === 'shared'
    name = field.type
  }
  return false
}
