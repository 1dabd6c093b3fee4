import type { RelationEntry, ScalarEntry } from '../../../schema/model-map.js'
import { equality } from '../../../search/index.js'
import { isSkip } from '../../internals.js'
import { COMBINATORS } from '../conditions.js'
import type { PlanContext } from '../context.js'
import type { Model, Models } from '../models.js'
import { tenantColumnOf } from '../ownership.js'
import { isPlainObject, type Plain } from '../prisma-values.js'
import { isDocument, isInstance, isListOfValues, scalarKind } from './fits.js'
import type { ObjectPart, Part, Pattern } from './pattern.js'

/** The operations whose shapes are known. An `upsert` is planned by what its parts have in common, and so by their values. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['findUnique', 'findUniqueOrThrow', 'findFirst', 'findFirstOrThrow', 'findMany', 'count'],
  ...['create', 'createMany', 'createManyAndReturn', 'update', 'updateMany', 'updateManyAndReturn'],
  ...['delete', 'deleteMany'],
])
const ROWS: ReadonlySet<string> = new Set(['createMany', 'createManyAndReturn'])

/** Longer arguments, such as an `OR` of a hundred filters, are seldom made twice. */
const MOST_PARTS = 200

/**
 * The shape of a call. `undefined` where it has none: it is of another operation, or has something in it of which only
 * planning knows whether it goes by the value.
 */
export function shapeOf(
  { models, passed }: PlanContext,
  model: Model,
  operation: string,
  args: Plain,
  tenant: string | undefined,
): Pattern | undefined {
  if (!KNOWN.has(operation)) return undefined
  const maker = new ShapeMaker(models, tenant, passed)
  const root = maker.call(model, operation, args)
  if (root === undefined || maker.size > MOST_PARTS) return undefined
  return { root, textTenants: maker.textTenants, documents: maker.documents, maySkip: maker.maySkip }
}

const WORDS: ReadonlySet<unknown> = new Set([
  ...['asc', 'desc', 'first', 'last', 'join', 'query', 'default', 'insensitive'],
  ...[true, false, null, undefined],
])
const LIST_WORDS: ReadonlySet<string> = new Set(['some', 'every', 'none'])
const ROW_WORDS: ReadonlySet<string> = new Set(['is', 'isNot'])

/** Makes a shape from the inside out. Each method returns `undefined` for what has no shape. */
class ShapeMaker {
  documents = false
  maySkip = false
  size = 0
  readonly #models = new Set<Model>()

  /** A model's owner, and the models that it is related to, are part of its plan. */
  get textTenants(): boolean {
    return [...this.#models].every(
      (model) =>
        hasTextTenant(this.models, model) &&
        [...model.fields.values()].every(
          (entry) => entry.kind !== 'relation' || hasTextTenant(this.models, this.models.get(entry.model)),
        ),
    )
  }

  constructor(
    private readonly models: Models,
    private readonly tenant: string | undefined,
    private readonly passed: ReadonlySet<string>,
  ) {}

  call(model: Model, operation: string, args: Plain): ObjectPart | undefined {
    this.#models.add(model)
    return this.#object(args, (key, value) => {
      if (key === 'data') return ROWS.has(operation) ? this.#rows(model, value) : this.#row(model, value)
      if (key === 'skipDuplicates' || key === 'relationLoadStrategy') return this.#word(value)
      if (key === 'limit') return this.#fixed(value) ?? this.#scalar(value)
      // None of Prisma's own can be among them.
      if (this.passed.has(key)) return this.#passed()
      return this.#argument(model, key, value)
    })
  }

  /** An argument of a read, at the root or of a relation. */
  #argument(model: Model, key: string, value: unknown): Part | undefined {
    switch (key) {
      case 'where':
      case 'cursor':
        return this.#filter(model, value)
      case 'select':
      case 'include':
      case 'omit':
        return this.#fixed(value) ?? this.#object(value, (field, choice) => this.#selected(model, field, choice))
      case 'orderBy':
      case 'distinct':
        return this.#words(model, value)
      case 'take':
      case 'skip':
        return this.#fixed(value) ?? this.#scalar(value)
      default:
        return undefined
    }
  }

  #selected(model: Model, field: string, choice: unknown): Part | undefined {
    const fixed = this.#word(choice)
    if (fixed !== undefined) return fixed
    if (field === '_count') {
      return this.#object(choice, (key, select) =>
        key === 'select' ? this.#object(select, (name, counted) => this.#counted(model, name, counted)) : undefined,
      )
    }
    const target = this.#target(model, field)
    return target && this.#object(choice, (key, value) => this.#argument(target, key, value))
  }

  #counted(model: Model, relation: string, counted: unknown): Part | undefined {
    const fixed = this.#word(counted)
    if (fixed !== undefined) return fixed
    const target = this.#target(model, relation)
    return target && this.#object(counted, (key, where) => (key === 'where' ? this.#filter(target, where) : undefined))
  }

  #filter(model: Model, where: unknown): Part | undefined {
    return this.#fixed(where) ?? this.#object(where, (key, value) => this.#condition(model, key, value))
  }

  #condition(model: Model, key: string, value: unknown): Part | undefined {
    const fixed = this.#fixed(value)
    if (fixed !== undefined) return fixed
    if (COMBINATORS.has(key)) {
      return Array.isArray(value) ? this.#list(value, (item) => this.#filter(model, item)) : this.#filter(model, value)
    }
    const entry = model.fields.get(key)
    if (entry?.kind === 'relation') return this.#relationFilter(entry, value)
    if (entry !== undefined) return this.#scalarFilter(model, key, entry, value)
    return model.compounds.has(key)
      ? this.#object(value, (field, part) => this.#condition(model, field, part))
      : undefined
  }

  #relationFilter(relation: RelationEntry, filter: unknown): Part | undefined {
    if (!isPlainObject(filter)) return undefined
    const target = this.#modelOf(relation)
    const words = relation.list === true ? LIST_WORDS : ROW_WORDS
    // A target that has a field of such a name may mean either.
    if ([...words].some((word) => target.fields.has(word))) return undefined
    const keys = Object.keys(filter)
    if (keys.every((key) => words.has(key))) return this.#object(filter, (_, value) => this.#filter(target, value))
    return keys.some((key) => words.has(key)) ? undefined : this.#filter(target, filter)
  }

  #scalarFilter(model: Model, field: string, entry: ScalarEntry, filter: unknown): Part | undefined {
    if (entry.type === 'Json') return undefined
    const encrypted = model.encrypted.get(field)
    if (encrypted !== undefined && (encrypted.list || encrypted.type.structured)) return undefined
    const scalar = this.#scalar(filter)
    if (scalar !== undefined) return scalar
    return this.#object(filter, (operator, operand) => {
      if (operator === 'mode') return this.#word(operand)
      // Which index answers it, the operand says.
      if (encrypted !== undefined && !Object.hasOwn(equality.operators, operator)) return undefined
      // An index answers each of a list of values by itself.
      const one = this.#fixed(operand) ?? this.#scalar(operand)
      if (one !== undefined || encrypted !== undefined) return one
      return operator === 'not' && isPlainObject(operand)
        ? this.#scalarFilter(model, field, entry, operand)
        : this.#values(operand)
    })
  }

  #rows(model: Model, data: unknown): Part | undefined {
    if (!Array.isArray(data)) return this.#row(model, data)
    const row = this.#row(model, data[0])
    return row?.kind === 'object' ? { kind: 'rows', row } : undefined
  }

  #row(model: Model, data: unknown): Part | undefined {
    return this.#fixed(data) ?? this.#object(data, (key, value) => this.#written(model, key, value))
  }

  #written(model: Model, key: string, value: unknown): Part | undefined {
    const fixed = this.#fixed(value)
    if (fixed !== undefined) return fixed
    const entry = model.fields.get(key)
    if (entry?.kind === 'relation') return this.#nested(this.#modelOf(entry), value)
    if (entry === undefined || model.encrypted.get(key)?.list === true) return undefined
    // It is checked by its value.
    if (model.encrypted.get(key)?.writesPlain === true) return undefined
    if (entry.type === 'Json') return entry.list === true ? undefined : this.#document(value)
    const plain = !model.encrypted.has(key)
    const one = this.#scalar(value) ?? (plain ? this.#values(value) : undefined)
    if (one !== undefined) return one
    return this.#object(value, (_, operand) => {
      const part = this.#fixed(operand) ?? this.#scalar(operand)
      return part ?? (plain ? this.#values(operand) : undefined)
    })
  }

  /** What is created with a row, or connected to it; all else that may be nested is planned by what it finds. */
  #nested(target: Model, write: unknown): Part | undefined {
    return this.#object(write, (operation, value) => {
      const one = (item: unknown): Part | undefined => {
        if (operation === 'create') return this.#row(target, item)
        return operation === 'connect' ? this.#filter(target, item) : undefined
      }
      return Array.isArray(value) ? this.#list(value, one) : one(value)
    })
  }

  /** Words of Prisma's language, and names of fields, in lists and objects. */
  #words(model: Model, value: unknown): Part | undefined {
    if (Array.isArray(value)) return this.#list(value, (item) => this.#words(model, item))
    if (isPlainObject(value)) return this.#object(value, (_, inner) => this.#words(model, inner))
    if (typeof value === 'string' && model.fields.has(value)) return this.#part({ kind: 'fixed', value })
    return this.#word(value)
  }

  #word(value: unknown): Part | undefined {
    return WORDS.has(value) || isSkip(value) ? this.#part({ kind: 'fixed', value }) : undefined
  }

  /** What stands for no value, or for one of two: planning may look at it. */
  #fixed(value: unknown): Part | undefined {
    if (typeof value === 'string') return undefined
    return this.#word(value)
  }

  #scalar(value: unknown): Part | undefined {
    const kind = scalarKind(value, this.tenant)
    if (kind !== undefined) return this.#part({ kind })
    return isInstance(value) ? this.#part({ kind: 'instance' }) : undefined
  }

  #values(value: unknown): Part | undefined {
    return isListOfValues(value) ? this.#part({ kind: 'values' }) : undefined
  }

  #document(value: unknown): Part | undefined {
    if (!isDocument(value)) return undefined
    this.documents = true
    this.maySkip = true
    return this.#part({ kind: 'document' })
  }

  #passed(): Part {
    this.maySkip = true
    return this.#part({ kind: 'passed' })
  }

  #object(value: unknown, partOf: (key: string, inner: unknown) => Part | undefined): ObjectPart | undefined {
    if (!isPlainObject(value)) return undefined
    const keys = Object.keys(value)
    const parts: Part[] = []
    for (const key of keys) {
      const part = partOf(key, value[key])
      if (part === undefined) return undefined
      parts.push(part)
    }
    if (keys.length === 0) this.maySkip = true
    return this.#part({ kind: 'object', keys, parts })
  }

  #list(value: readonly unknown[], partOf: (item: unknown) => Part | undefined): Part | undefined {
    const items: Part[] = []
    for (const item of value) {
      const part = partOf(item)
      if (part === undefined) return undefined
      items.push(part)
    }
    return this.#part({ kind: 'list', items })
  }

  #target(model: Model, relation: string): Model | undefined {
    const entry = model.fields.get(relation)
    return entry?.kind === 'relation' ? this.#modelOf(entry) : undefined
  }

  #modelOf(relation: RelationEntry): Model {
    const model = this.models.get(relation.model)
    this.#models.add(model)
    return model
  }

  #part<P extends Part>(part: P): P {
    this.size += 1
    return part
  }
}

function hasTextTenant(models: Models, model: Model): boolean {
  return (tenantColumnOf(models, model)?.tenant.type ?? 'String') === 'String'
}
