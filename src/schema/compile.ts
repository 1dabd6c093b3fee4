import { type Database, databases, providerNamed } from '../databases/index.js'
import { valueTypeOf } from '../values/index.js'
import { type AnnotatedField, annotationsOf, type KeyModel } from './annotated-fields.js'
import type { EncryptedAnnotation } from './annotations.js'
import { acceptedLinkProblems } from './checks/accepted-links.js'
import { addedWarnings } from './checks/added.js'
import { repeatedChoices } from './checks/choices.js'
import { encryptedProblems } from './checks/encrypted.js'
import type { Surroundings } from './checks/index-advice.js'
import { indexProblems, unindexedWarnings, uniqueNullWarnings } from './checks/index-column.js'
import { keyTableProblems } from './checks/key-table.js'
import { legacyEntry, plaintextWarnings } from './checks/plaintext.js'
import { referentialActionProblems } from './checks/referential-actions.js'
import { repeatedIndexWarnings } from './checks/repeated-index.js'
import { sharedTenantProblems } from './checks/shared-tenant.js'
import { sourceProblems } from './checks/source.js'
import { stepIndexWarnings } from './checks/step-index.js'
import { tenantProblems } from './checks/tenant-column.js'
import { tenantPathProblems, tenantRelationProblems } from './checks/tenant-relation.js'
import { mixedTypesProblems, twoMeaningsProblems } from './checks/two-meanings.js'
import { undecidedProblems } from './checks/undecided.js'
import { viewWarnings } from './checks/views.js'
import { byModel, choicesOf } from './choices.js'
import { schemaDigest } from './digest.js'
import { type Datamodel, defaultFunction, type Field, type Model } from './dmmf.js'
import { type FieldMeaning, modelEntry } from './entries.js'
import { functionDefault } from './function-default.js'
import { keyTableParts } from './key-table.js'
import { linksOf } from './links.js'
import { record } from './lock/changes.js'
import { type Claim, resolveNames } from './lock/names.js'
import { fieldRecord, tenantRecord } from './lock/present.js'
import { emptyLock, type FieldRecord, type Lock, placeOf } from './lock/record.js'
import {
  type EncryptedEntry,
  type IndexEntry,
  type KeyTableEntry,
  type ModelEntry,
  type ModelMap,
  modelMapVersion,
} from './model-map.js'
import { formatProblem, type Problem, schemaError } from './problems.js'
import { emulatesForeignKeys } from './relation-mode.js'
import { viewsIn } from './views.js'

export interface CompileInput {
  readonly datamodel: Datamodel
  /** `datasource.provider`. */
  readonly provider: string
  /** The committed lock file; without one, every logical name is the field's current name. */
  readonly lock?: Lock
  /** The schema's text, for annotations that Prisma drops before we see them. */
  readonly source?: string
  /** `sharedTenant` of the generator's block. */
  readonly sharedTenant?: string
  /** The moment of warnings about `until`; without it, now. */
  readonly now?: number
}

export interface Compiled {
  readonly map: ModelMap
  /** The lock file as it should be from now on. */
  readonly lock: Lock
  /** `Model.field: …`, for people; the map itself is correct. */
  readonly warnings: readonly string[]
}

/**
 * Compiles a Prisma schema and its annotations into the model map.
 *
 * Collects everything that is wrong and throws one `EnvelopeSchemaError` (`ENVELOPE_SCHEMA_INVALID`) that lists it.
 */
export function compileSchema(input: CompileInput): Compiled {
  const { datamodel, lock = emptyLock, source, sharedTenant, now = Date.now() } = input
  const provider = knownProvider(input.provider)
  const database = databases[provider]
  const written = annotationsOf(datamodel)
  const { annotatedModels, keyModels, problems } = written
  const keyTable = keyTableOf(keyModels)
  const jobs = keyModels.find(({ part }) => part === 'jobs')?.model.name
  problems.push(...keyTableProblems(datamodel, database, written))
  const isOfKeyTable = ({ model }: { readonly model: Model }): boolean => keyModels.some((one) => one.model === model)
  // What is annotated inside the key table has been reported.
  const annotated = written.annotated.filter((one) => !isOfKeyTable(one))
  if (source !== undefined) problems.push(...sourceProblems(source, datamodel))
  const emulated = source !== undefined && emulatesForeignKeys(source)
  const warnings: Problem[] = []
  const around = { database, hasKeyTable: keyModels.some(({ part }) => part !== 'jobs') }

  for (const entry of annotated) {
    if (entry.broken) continue
    const place = { model: entry.model.name, field: entry.field.name }
    problems.push(...checkField(datamodel, around, entry, annotated).map((message) => ({ ...place, message })))
    const told = [
      ...remarks(datamodel, database, entry),
      ...repeatedIndexWarnings(entry, annotated),
      ...plaintextWarnings(entry, annotated, database, now),
    ]
    warnings.push(...told.map((message) => ({ ...place, message })))
  }
  const made = choicesOf(database, annotated, annotatedModels)
  const choices = byModel(made)
  problems.push(...repeatedChoices(made), ...tenantPathProblems(choices))
  // A choice that is wrong says nothing about which rows are shared.
  const settled = made.filter(
    ({ model, field }) => !problems.some((one) => one.model === model.name && one.field === field?.name),
  )
  const taken = new Set(
    annotated
      .filter(({ tenant }) => tenant === undefined)
      .map(({ model, field }) => placeOf({ model: model.name, field: field.name })),
  )
  const search = { datamodel, choices, taken }
  const hasTenants = settled.some(({ tenant }) => tenant.from !== 'bound')
  problems.push(
    ...sharedTenantProblems(settled, sharedTenant),
    ...twoMeaningsProblems(search),
    ...mixedTypesProblems(choices),
    ...referentialActionProblems(choices, database, emulated),
  )

  const resolved = resolveNames(lock, claimsOf(annotated), (model, field) => has(datamodel, model, field))
  problems.push(...resolved.problems)
  const records = recordsOf(annotated, resolved.names)
  const recorded = record(lock, {
    datamodel,
    records,
    tenants: new Map([...choices].map(([model, choice]) => [model, tenantRecord(choice)])),
    sharedTenant,
    keyModels,
    renamed: resolved.renamed,
    unclaimed: resolved.unclaimed,
    broken: brokenPlaces(annotated, records, problems),
  })
  // Where the lock file knows what is gone, that is the better answer.
  const undecided = undecidedProblems({ ...search, database, emulated, annotated, hasTenants, sharedTenant }).filter(
    ({ model }) => !recorded.problems.some((one) => one.model === model && one.field === undefined),
  )
  problems.push(...undecided, ...recorded.problems)
  if (problems.length > 0) throw schemaError(problems)

  const added = annotated.filter(({ model, field }) => {
    const place = placeOf({ model: model.name, field: field.name })
    return !lock.fields.has(place) && !resolved.renamed.has(place)
  })
  warnings.push(
    ...recorded.warnings,
    ...addedWarnings(lock, added),
    ...stepIndexWarnings(datamodel, choices, database, emulated),
  )
  const views: ReadonlySet<string> = source === undefined ? new Set() : viewsIn(source)
  if (annotated.some(({ encrypted }) => encrypted !== undefined)) warnings.push(...viewWarnings(views))
  const entries = datamodel.models.map((model): [string, ModelEntry] => {
    const meaningOf = (field: Field): FieldMeaning => meaning(database, annotated, model, field, resolved.names)
    const known = { view: views.has(model.name), tenant: choices.get(model.name)?.tenant }
    return [model.name, modelEntry(datamodel, model, known, meaningOf)]
  })
  const map: ModelMap = {
    version: modelMapVersion,
    provider,
    ...(source === undefined ? {} : { digest: schemaDigest(source) }),
    ...(sharedTenant === undefined ? {} : { sharedTenant }),
    ...(keyTable === undefined ? {} : { keyTable }),
    ...(jobs === undefined ? {} : { jobs }),
    models: Object.fromEntries(entries),
  }
  const accepted = acceptedLinkProblems(annotated, linksOf(map))
  if (accepted.length > 0) throw schemaError(accepted)
  return { map, lock: recorded.lock, warnings: warnings.map(formatProblem) }
}

/** The key table of a schema, if it has both models. */
function keyTableOf(keyModels: readonly KeyModel[]): KeyTableEntry | undefined {
  const [keys, counts] = keyTableParts.map((part) => keyModels.find((one) => one.part === part)?.model.name)
  return keys === undefined || counts === undefined ? undefined : { keys, counts }
}

function knownProvider(name: string): keyof typeof databases {
  const provider = providerNamed(name)
  if (provider !== undefined) return provider
  throw schemaError([
    {
      model: 'datasource',
      message: `prisma-envelope supports SQL databases, not "${name}". Write one of ${Object.keys(databases).join(', ')} instead.`,
    },
  ])
}

function checkField(
  datamodel: Datamodel,
  { database, hasKeyTable }: Pick<Surroundings, 'database' | 'hasKeyTable'>,
  { model, field, encrypted, index, tenant }: AnnotatedField,
  annotated: readonly AnnotatedField[],
): string[] {
  const given = [encrypted, index, tenant].filter((annotation) => annotation !== undefined)
  if (given.length > 1) {
    const names = given.map(({ name }) => `\`@${name}\``).join(' and ')
    const reason =
      encrypted !== undefined && tenant !== undefined
        ? 'the tenant must be readable before a key is chosen'
        : 'an index needs a column separate from the one it indexes'
    return [`${names} on one field: ${reason}. Write them on two fields instead.`]
  }
  if (encrypted !== undefined)
    return encryptedProblems(datamodel, { database, hasKeyTable, model, annotated }, field, encrypted)
  if (tenant !== undefined) {
    return field.kind === 'object'
      ? tenantRelationProblems(datamodel, model, field, tenant)
      : tenantProblems(database, field)
  }
  if (index === undefined) return []
  const source = model.fields.find(({ name }) => name === index.source)
  const found = annotated.find((other) => other.model === model && other.field === source)
  // A source whose own annotation is wrong has been reported; reporting it as plain too would be noise.
  const state =
    source === undefined ? 'missing' : found?.encrypted !== undefined || found?.broken ? 'encrypted' : 'plain'
  return indexProblems(datamodel, database, model, field, index, state, annotated)
}

function remarks(datamodel: Datamodel, database: Database, { model, field, index }: AnnotatedField): string[] {
  if (index === undefined) return []
  return [...unindexedWarnings(datamodel, database, model, field, index), ...uniqueNullWarnings(database, field)]
}

function claimsOf(annotated: readonly AnnotatedField[]): Claim[] {
  return annotated.flatMap(({ model, field, encrypted, index }) => {
    const annotation = encrypted ?? index
    return annotation === undefined ? [] : [{ model: model.name, field: field.name, as: annotation.options.as }]
  })
}

function recordsOf(
  annotated: readonly AnnotatedField[],
  names: ReadonlyMap<string, string>,
): ReadonlyMap<string, FieldRecord> {
  return new Map(
    annotated.flatMap((entry): [string, FieldRecord][] => {
      const found = fieldRecord(entry, names)
      return found === undefined ? [] : [[placeOf({ model: entry.model.name, field: entry.field.name }), found]]
    }),
  )
}

/** Places with a reported problem, whose name is not settled: what the lock file says about the same field would be noise. */
function brokenPlaces(
  annotated: readonly AnnotatedField[],
  records: ReadonlyMap<string, FieldRecord>,
  problems: readonly Problem[],
): ReadonlySet<string> {
  const unsettled = annotated
    .filter(({ broken, encrypted, index }) => broken || encrypted !== undefined || index !== undefined)
    .map(({ model, field }) => placeOf({ model: model.name, field: field.name }))
    .filter((place) => !records.has(place))
  const reported = problems.flatMap(({ model, field }) => (field === undefined ? [] : [placeOf({ model, field })]))
  return new Set([...unsettled, ...reported])
}

function has(datamodel: Datamodel, model: string, field?: string): boolean {
  const found = datamodel.models.find(({ name }) => name === model)
  return found !== undefined && (field === undefined || found.fields.some(({ name }) => name === field))
}

function meaning(
  database: Database,
  annotated: readonly AnnotatedField[],
  model: Model,
  field: Field,
  names: ReadonlyMap<string, string>,
): FieldMeaning {
  const found = annotated.find((entry) => entry.model === model && entry.field === field)
  const as = names.get(`${model.name}.${field.name}`)
  if (found?.links !== undefined) return { links: found.links }
  if (found === undefined || as === undefined) return {}
  if (found.index === undefined) return { encrypted: encryptedEntry(database, field, as, found.encrypted) }
  const { part, normalize = [], scope = 'tenant', lowEntropy } = found.index.options
  const accepted = lowEntropy === undefined ? {} : { lowEntropy: true as const }
  const of: Pick<IndexEntry, 'kind' | 'length'> = part ?? { kind: 'equality' }
  return { index: { ...of, source: found.index.source, normalize, scope, as, ...accepted } }
}

function encryptedEntry(
  database: Database,
  field: Field,
  as: string,
  annotation: EncryptedAnnotation | undefined,
): EncryptedEntry {
  const type = valueTypeOf(field.type)?.name
  if (type === undefined) throw new TypeError(`encryptedProblems should have refused ${field.type}`)
  const made = defaultFunction(field)
  // encryptedProblems accepts no other functions, and literals, which Prisma writes as strings for text, bytes (base64) and Json.
  const value = made === undefined ? (field.default as string | readonly string[] | undefined) : functionDefault(made)
  const legacy = annotation && legacyEntry(database, field, annotation)
  const { write, pad } = annotation?.options ?? {}
  return {
    type,
    as,
    ...(value === undefined ? {} : { default: value }),
    ...(pad === undefined ? {} : { pad }),
    ...(legacy === undefined ? {} : { legacy }),
    ...(write === undefined ? {} : { write }),
  }
}
