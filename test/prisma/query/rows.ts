import { isLiteral } from './accepts.js'
import type { Plain } from './arguments.js'
import { type DataField, SHARED, type TestSchema } from './dmmf.js'
import type { Draw } from './draw.js'
import { skip } from './markers.js'

/** A value of an encrypted field in a result: it has to be opened, for the tenant that its row belongs to. */
export interface Held {
  readonly row: Plain
  readonly key: string
  readonly model: string
  readonly tenant: string | undefined
}

/** A row of a result, and the columns and relations that were asked for. */
export interface Row {
  readonly row: Plain
  readonly model: string
  readonly asked: readonly string[]
}

export interface Context {
  readonly bound: string | undefined
  readonly fallback: string | undefined
}

/** What a client hides by its `omit` option. */
export type GlobalOmit = Readonly<Record<string, Readonly<Record<string, boolean>>>>

/**
 * Builds what Prisma would give for a selection, by the types of results alone: `given` as the caller wrote it, `sent` as
 * it left the planner.
 */
export class RowMaker {
  readonly held: Held[] = []
  readonly rows: Row[] = []
  readonly #schema: TestSchema
  readonly #draw: Draw
  readonly #context: Context
  readonly #globalOmit: GlobalOmit

  constructor(schema: TestSchema, draw: Draw, context: Context, globalOmit: GlobalOmit) {
    this.#schema = schema
    this.#draw = draw
    this.#context = context
    this.#globalOmit = globalOmit
  }

  many(model: string, given: unknown, sent: unknown, above?: string, owner?: string): Plain[] {
    return Array.from({ length: this.#draw.below(4) }, () => this.row(model, given, sent, above, owner))
  }

  /** The two ends of an owner relation have the same owner. */
  #along(model: string, field: DataField): boolean {
    const back = this.#schema.fields(field.type).find((other) => other.relationName === field.relationName)
    return this.#schema.step(model) === field || (back !== undefined && this.#schema.step(field.type) === back)
  }

  /** @param owner the tenant of the row, where the row that it was reached from says so. */
  row(model: string, given: unknown, sent: unknown, above?: string, owner?: string): Plain {
    const { bound, fallback } = this.#context
    const owned = this.#schema.tenantColumn(model) !== undefined || this.#schema.step(model) !== undefined
    const own = owned ? (owner ?? bound ?? this.#draw.pick(['7', '8'])) : undefined
    const tenant = this.#schema.isShared(model) ? SHARED : (own ?? bound ?? above ?? fallback)
    const row: Plain = {}
    for (const key of this.selected(model, sent)) {
      row[key] = this.#value(model, key, row, { tenant, own }, nested(given, key), nested(sent, key))
    }
    this.rows.push({ row, model, asked: this.selected(model, given) })
    return row
  }

  /** The keys of a row. */
  selected(model: string, args: unknown): string[] {
    const { select, include, omit } = isLiteral(args) ? args : {}
    const wanted = (selection: unknown): string[] =>
      isLiteral(selection)
        ? Object.keys(selection).filter((key) => ![false, undefined, skip].includes(selection[key] as boolean))
        : []
    if (isLiteral(select)) return wanted(select)
    const local: Plain = isLiteral(omit) ? omit : {}
    const global: Readonly<Record<string, boolean>> = this.#globalOmit[lowerFirst(model)] ?? {}
    const scalars = this.#schema.fields(model).filter(({ kind }) => kind !== 'object')
    return [...scalars.map(({ name }) => name).filter((name) => !(local[name] ?? global[name])), ...wanted(include)]
  }

  #value(
    model: string,
    key: string,
    row: Plain,
    { tenant, own }: { tenant: string | undefined; own: string | undefined },
    given: unknown,
    sent: unknown,
  ): unknown {
    const field = this.#schema.field(model, key)
    if (field === undefined) return { visits: 1 }
    if (field.kind === 'object') {
      const owner = this.#along(model, field) ? own : undefined
      if (field.isList) return this.many(field.type, given, sent, tenant, owner)
      const says = this.#schema.step(model) === field
      if (!field.isRequired && !says && this.#draw.chance(20)) return null
      return this.row(field.type, given, sent, tenant, owner)
    }
    if (key === this.#schema.tenantColumn(model)) return field.type === 'Int' ? Number(own) : own
    if (!this.#schema.isSecret(model, key)) return `plain ${key}`
    if (this.#draw.chance(15)) return null
    this.held.push({ row, key, model, tenant })
    return `sealed ${this.held.length}`
  }
}

/** The arguments of a selected relation. */
function nested(args: unknown, key: string): unknown {
  if (!isLiteral(args)) return undefined
  const selection = isLiteral(args.select) ? args.select : args.include
  return isLiteral(selection) ? selection[key] : undefined
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
