import type { CrossingLink, MovedModel, PreparedMove, Skipped } from '../../operations/index.js'
import type { MoveStore } from '../../prisma/moved-rows.js'
import type { Models } from '../../prisma/query/index.js'

/** Rows of one model. */
export interface MovedCount {
  /** The Prisma model. */
  readonly model: string
  /** How many rows move. */
  readonly rows: number
  /** How many values are sealed anew. */
  readonly values: number
  /** How many index columns get another token. */
  readonly tokens: number
  /** How many values stay in plaintext, where their field allows it (`legacy: read`, `write: plain`). */
  readonly plaintext: number
}

/** A foreign key, or a link over a relation table, that would lead from one tenant to another. */
export interface MoveLink {
  /** The model of the row that has it. */
  readonly model: string
  /** The row's primary key, as text: by the names of its fields. */
  readonly key: Readonly<Record<string, string>>
  /** The relation. */
  readonly field: string
  /** Whether the foreign key contains the tenant column, so that it would refer to another row: `links: 'off'` does not help then. */
  readonly containsTenant: boolean
}

/** A unique value of a row that moves, which a row of the other tenant has. */
export interface MoveTaken {
  /** The model of both rows. */
  readonly model: string
  /** The primary key of the one that moves, as text: by the names of its fields. */
  readonly key: Readonly<Record<string, string>>
  /** The fields that are unique together. */
  readonly fields: readonly string[]
}

/** What `$encryption.move` has done, or in a dry run would do. It holds no value. */
export interface MoveReport {
  /** The tenant that the rows belonged to. */
  readonly from: string
  /** The tenant that they belong to now. */
  readonly to: string
  /** Whether it only looked. */
  readonly dryRun: boolean
  /** Whether the rows have been moved. */
  readonly moved: boolean
  /** The rows, by model. */
  readonly models: readonly MovedCount[]
  /** Values that do not open, or cannot be indexed: while there is one, nothing is moved. The first 1,000. */
  readonly unreadable: readonly Skipped[]
  /** Links that would lead from one tenant to another. The first 1,000. */
  readonly links: readonly MoveLink[]
  /** Unique values that a row of the other tenant has: while there is one, nothing is moved. The first 1,000. */
  readonly taken: readonly MoveTaken[]
  /** Shared models that the rows refer to, or that refer to them. They are not touched. */
  readonly shared: readonly string[]
}

const MOST = 1_000

/** What has been prepared, as a report. */
export function reportOf(models: Models, store: MoveStore, prepared: PreparedMove, dryRun: boolean): MoveReport {
  const { plan, survey, resealed, taken } = prepared
  const counts = new Map<string, { -readonly [K in keyof MovedCount]: MovedCount[K] }>()
  for (const { batch, values, tokens, plaintext } of resealed) {
    const { name: model } = batch.model
    const sum = counts.get(model) ?? { model, rows: 0, values: 0, tokens: 0, plaintext: 0 }
    counts.set(model, sum)
    sum.rows += batch.rows.length
    sum.values += values
    sum.tokens += tokens.size
    sum.plaintext += plaintext
  }
  const unreadable = resealed.flatMap(({ batch, findings }) =>
    findings.map(({ row, column, reason }): Skipped => {
      const field = column === undefined ? undefined : fieldOf(batch.model, column)
      return { model: batch.model.name, key: shownKey(store, batch.model, row.key), ...(field && { field }), reason }
    }),
  )
  const links = survey.links.map((link) => linkOf(store, plan.models, link))
  return {
    from: plan.from,
    to: plan.to,
    dryRun,
    moved: false,
    models: [...counts.values()],
    unreadable: unreadable.slice(0, MOST),
    links: links.slice(0, MOST),
    taken: taken.slice(0, MOST).map(({ model, key, columns }) => ({
      ...{ model: model.name, key: shownKey(store, model, key) },
      fields: columns.map((column) => fieldNamed(models, model.name, column)),
    })),
    shared: sharedBeside(models, [...counts.keys()]),
  }
}

function linkOf(store: MoveStore, models: PreparedMove['plan']['models'], link: CrossingLink): MoveLink {
  const model = models.get(link.model)
  const key = model === undefined ? {} : shownKey(store, model, link.key)
  return { model: link.model, key, field: link.field, containsTenant: link.holdsTenant }
}

/** By the names of fields. */
export function shownKey(store: MoveStore, model: MovedModel, key: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(store.shown(model, key)).map(([column, text]) => [fieldOf(model, column), text]),
  )
}

function fieldOf({ target }: MovedModel, column: string): string {
  return target.fields.get(column) ?? column
}

function fieldNamed(models: Models, model: string, column: string): string {
  for (const [field, entry] of models.get(model).fields)
    if (entry.kind === 'scalar' && entry.column === column) return field
  return column
}

function sharedBeside(models: Models, names: readonly string[]): string[] {
  const beside = names.flatMap((name) =>
    [...models.get(name).fields.values()].flatMap((entry) => (entry.kind === 'relation' ? [entry.model] : [])),
  )
  return [...new Set(beside)].filter((name) => models.get(name).shared !== undefined).sort()
}
