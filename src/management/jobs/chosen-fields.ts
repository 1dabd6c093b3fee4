import type { SweepTarget } from '../../operations/index.js'
import type { Model } from '../../prisma/query/index.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import { quoted } from '../../quoting/quote.js'
import { meantBy } from '../../schema/spelling.js'
import { invalid } from './job-options.js'

/** A model whose rows are visited, and its encrypted fields that are looked at. */
export interface ChosenModel {
  readonly model: Model
  readonly fields: readonly string[]
}

/** What a job is limited to. */
export interface Choice {
  readonly models?: readonly string[]
  readonly fields?: readonly string[]
}

/** Which of the encrypted fields a job is for. */
export interface FieldKind {
  /** What they are, for messages: `with an index`. */
  readonly words: string
  /** What the others have, for messages: `no index`. Left out where these are only not such fields. */
  readonly lacking?: string
  fits(model: Model, field: string): boolean
}

/** The same for those fields alone. Throws `ENVELOPE_CONFIG_INVALID` where one was named that is none, or there is none at all. */
export function chosenFieldsOf(
  verb: string,
  runtime: EncryptionRuntime,
  choice: Choice,
  kind: FieldKind,
): ChosenModel[] {
  const chosen = chosenFields(verb, runtime, choice)
  const wrong = chosen.flatMap(({ model, fields }) =>
    fields.flatMap((field) => (kind.fits(model, field) ? [] : [`${model.name}.${field}`])),
  )
  if (choice.fields !== undefined && wrong.length > 0) throw invalid(verb, wrongFields(runtime, wrong, kind))
  const fitting = chosen.flatMap(({ model, fields }) => {
    const own = fields.filter((field) => kind.fits(model, field))
    return own.length === 0 ? [] : [{ model, fields: own }]
  })
  if (fitting.length === 0) throw invalid(verb, `there is no encrypted field ${kind.words}`)
  return fitting
}

function wrongFields(
  { models }: EncryptionRuntime,
  wrong: readonly string[],
  { words, lacking, fits }: FieldKind,
): string {
  const isOne = wrong.length === 1
  if (lacking === undefined) return `${wrong.join(', ')} ${isOne ? 'is not a field' : 'are not fields'} ${words}`
  const fitting = models.all.flatMap((model) =>
    [...model.encrypted.keys()].filter((field) => fits(model, field)).map((field) => `${model.name}.${field}`),
  )
  const hint = fitting.length === 0 ? `no field is one ${words}` : `fields ${words} are ${listed(fitting)}`
  return `${wrong.join(', ')} ${isOne ? 'has' : 'have'} ${lacking}: ${hint}`
}

/** How many fields a message names. */
const NAMED = 10

function listed(paths: readonly string[]): string {
  const more = paths.length - NAMED
  return more > 0 ? `${paths.slice(0, NAMED).join(', ')} and ${more} more` : paths.join(', ')
}

/** A field whose values are sealed when they are written. */
export const SEALED: FieldKind = {
  words: 'that is written encrypted',
  fits: (model, field) => model.encrypted.get(field)?.writesPlain !== true,
}

/** A field with an index column beside it. */
export const INDEXED: FieldKind = {
  words: 'with an index',
  lacking: 'no index',
  fits: (model, field) => (model.indexes.get(field) ?? []).length > 0,
}

/** The models whose rows hold envelopes, as far as a job is to visit them. A view shows rows of a table, which is visited. */
export function chosenFields(verb: string, { models }: EncryptionRuntime, choice: Choice): ChosenModel[] {
  const byModel = fieldsByModel(verb, models, choice)
  const isSwept = ({ encrypted, unopened }: Model): boolean => encrypted.size > 0 && unopened === undefined
  const names = choice.models ?? (byModel === undefined ? undefined : [...byModel.keys()])
  const chosen = names === undefined ? models.all : [...new Set(names)].map((name) => named(verb, models, name))
  const plain = names === undefined ? undefined : chosen.find((model) => !isSwept(model))
  if (plain !== undefined) {
    const what = `${plain.name} has no encrypted fields that are stored in its own table. Name other models, or leave out \`models\``
    throw invalid(verb, what, plain.name)
  }
  return chosen.filter(isSwept).flatMap((model) => {
    const fields = byModel === undefined ? [...model.encrypted.keys()] : (byModel.get(model.name) ?? [])
    return fields.length === 0 ? [] : [{ model, fields }]
  })
}

function named(verb: string, models: EncryptionRuntime['models'], name: string): Model {
  const isNamed = models.has(name)
  const names = models.all.map((model) => model.name)
  const meant = isNamed ? undefined : meantBy(String(name), names)
  if (meant !== undefined)
    throw invalid(verb, `there is no model ${quoted(name)}. Did you mean ${quoted(meant)}?`, name)
  return models.get(name)
}

function encryptedPaths({ all }: EncryptionRuntime['models']): string[] {
  return all.flatMap(({ name, encrypted }) => [...encrypted.keys()].map((field) => `${name}.${field}`))
}

function fieldsByModel(
  verb: string,
  models: EncryptionRuntime['models'],
  { models: names, fields }: Choice,
): Map<string, string[]> | undefined {
  if (fields === undefined) return undefined
  const byModel = new Map<string, string[]>()
  for (const path of new Set(fields)) {
    const [name = '', field = '', ...rest] = String(path).split('.')
    const isField = rest.length === 0 && models.has(name) && models.get(name).encrypted.has(field)
    if (!isField) {
      const meant = meantBy(String(path), encryptedPaths(models))
      const hint = meant === undefined ? ', as in "Patient.email"' : `. Did you mean ${quoted(meant)}?`
      throw invalid(verb, `${quoted(path)} is not an encrypted field${hint}`)
    }
    if (names?.includes(name) === false) throw invalid(verb, `${path} is not a field of the \`models\``)
    byModel.set(name, [...(byModel.get(name) ?? []), field])
  }
  return byModel
}

/** The column of a field. */
export function columnOf({ fields }: Model, field: string): string {
  const entry = fields.get(field)
  return entry?.kind === 'scalar' ? entry.column : field
}

export function sweepTarget({ model, fields }: ChosenModel): SweepTarget {
  const { name, table, schema, key, encrypted } = model
  const columns = fields.flatMap((field) => {
    const entry = encrypted.get(field)
    return entry === undefined ? [] : [{ column: columnOf(model, field), form: entry.type.column, list: entry.list }]
  })
  const named = [...key, ...fields].map((field): [string, string] => [columnOf(model, field), field])
  const keyColumns = key.map((field) => columnOf(model, field))
  return { model: name, table: { table, schema, key: keyColumns, columns }, fields: new Map(named) }
}
