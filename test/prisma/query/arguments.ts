import { accepts, isLiteral, isMarker } from './accepts.js'
import type { InputField, InputType, Operation, OutputField, OutputType, TestSchema, TypeRef } from './dmmf.js'
import { OPERATIONS } from './dmmf.js'
import type { Draw } from './draw.js'
import { FieldReference, nullMarker, skip } from './markers.js'
import { type Role, roleOf } from './roles.js'

export type Plain = Record<string, unknown>

/** A value of an encrypted field that is written: it has to be sealed, once. */
export interface Written {
  readonly holder: Plain
  readonly key: string
  readonly model: string
  readonly field: string
  readonly path: string
}

/** A use of an encrypted field that the database cannot answer: the call has to be refused. */
export interface Refused {
  readonly model: string
  readonly field: string
  readonly path: string
}

/** An equality on an encrypted field with an index: its values leave the arguments, and tokens take their place. */
export interface Searched {
  readonly path: string
  readonly values: number
}

/** The data of a created row of a model with a tenant column. */
export interface Created {
  readonly model: string
  readonly data: Plain
  readonly path: string
  /** The foreign key to the row it is nested in holds the tenant column, so nothing has to be filled in. */
  readonly held: boolean
  /** It is given with relations in place of scalar foreign keys. */
  readonly checked: boolean
  /** Given so, nothing but a relation that it does not write could set its tenant column. */
  readonly stuck: boolean
}

/** A generated call, and what the types of its arguments say must become of it. */
export interface Case {
  readonly model: string
  readonly operation: Operation
  readonly args: Plain
  readonly written: readonly Written[]
  readonly refused: readonly Refused[]
  readonly searched: readonly Searched[]
  readonly created: readonly Created[]
  /** The data of updated rows of models with a tenant column. */
  readonly updated: readonly { readonly model: string; readonly data: Plain; readonly path: string }[]
  /** Where each unique value stands. */
  readonly marks: ReadonlyMap<string, string>
  /** The Json values: whatever keys they have is data. */
  readonly documents: ReadonlySet<unknown>
}

/** The tenant of all generated rows: one that String and Int columns can hold. */
export const TENANT = '7'

const MAX_DEPTH = 4

/** Where an encrypted field can be misused. A case is about one of them, or any, so that the rare ones come up too. */
type Misuse = 'filter' | 'count' | 'order' | 'list' | 'having' | 'aggregate' | 'reference' | 'index'

function misusesOf(operation: Operation): readonly Misuse[] {
  if (operation === 'groupBy') return ['filter', 'order', 'list', 'having', 'aggregate']
  if (operation === 'aggregate') return ['filter', 'order', 'aggregate']
  if (operation.startsWith('find') || operation === 'count') return ['filter', 'count', 'order', 'list', 'reference']
  return ['filter', 'filter', 'count', 'order', 'reference', 'index']
}

interface Place {
  readonly path: string
  readonly depth: number
  /** The field that a value is for or is compared with. */
  readonly of?: { readonly model: string; readonly field: string }
  /** A relation that has to be written: an empty object will not do. */
  readonly required?: boolean
}

/** Draws one call of any operation on any model. */
export function drawCase(schema: TestSchema, draw: Draw, operations: readonly Operation[], searchable: boolean): Case {
  for (;;) {
    const model = draw.pick(schema.models)
    const operation = draw.pick(operations)
    const root = schema.root(model, operation)
    if (root === undefined) continue
    const maker = new ArgumentMaker(schema, draw, searchable, operation)
    const args = maker.call(model, operation, root)
    const { written, refused, searched, created, updated, marks, documents } = maker
    return { model, operation, args, written, refused, searched, created, updated, marks, documents }
  }
}

/** Draws an update of a row through a to-one relation to a model with a field `data`, which may be read in two ways. */
export function drawToOneUpdate(schema: TestSchema, draw: Draw, searchable: boolean): Case {
  const relations = schema.models.flatMap((model) =>
    schema
      .fields(model)
      .filter(({ kind, isList, type }) => kind === 'object' && !isList && schema.field(type, 'data') !== undefined)
      .map(({ name }) => ({ model, relation: name })),
  )
  const { model, relation } = draw.pick(relations)
  const maker = new ArgumentMaker(schema, draw, searchable, 'update', 0)
  const args = maker.toOneUpdate(model, relation)
  const { written, refused, searched, created, updated, marks, documents } = maker
  return { model, operation: 'update', args, written, refused, searched, created, updated, marks, documents }
}

/** Draws what a `findMany` selects, with nothing in it that would be refused. */
export function drawSelection(schema: TestSchema, draw: Draw): { model: string; args: Plain } {
  const model = draw.pick(schema.models)
  return { model, args: new ArgumentMaker(schema, draw, false, 'findMany', 0).selection(model) }
}

class ArgumentMaker {
  readonly written: Written[] = []
  readonly refused: Refused[] = []
  readonly searched: Searched[] = []
  readonly created: Created[] = []
  readonly updated: { model: string; data: Plain; path: string }[] = []
  readonly marks = new Map<string, string>()
  readonly documents = new Set<unknown>()
  readonly #schema: TestSchema
  readonly #draw: Draw
  readonly #searchable: boolean
  /** How many encrypted fields are still to be misused, and how many chances for it to let pass before. */
  #misuses: number
  #passes: number
  readonly #misusing: Misuse | 'any'
  /** Inside the filter of a `_count`. */
  #counting = false

  constructor(schema: TestSchema, draw: Draw, searchable: boolean, operation: Operation, misuses?: number) {
    this.#schema = schema
    this.#draw = draw
    this.#searchable = searchable
    // One in most cases: with more of them, one that is overlooked would hide behind another.
    this.#misuses = misuses ?? (draw.chance(50) ? 1 + Number(draw.chance(10)) : 0)
    this.#misusing = draw.chance(40) ? 'any' : draw.pick(misusesOf(operation))
    this.#passes = draw.below(this.#misusing === 'any' ? 8 : 3)
  }

  call(model: string, operation: Operation, root: OutputField): Plain {
    const args = this.#arguments(root, '', 0)
    // What stands for no data at all, where all of a row has defaults: with a place to look for them in.
    if (operation === 'create' && args.data === undefined)
      args.data = this.#value([dataOf(model)], { path: '.data', depth: MAX_DEPTH })
    switch (operation) {
      case 'createMany':
      case 'updateMany':
      case 'deleteMany':
        break
      case 'count':
        if (this.#draw.chance(40)) args.select = this.#aggregate(model, '_count', '.select')
        break
      case 'aggregate':
      case 'groupBy':
        for (const { name } of this.#schema.output(root.outputType.type).fields) {
          if (!name.startsWith('_') || !this.#draw.chance(40)) continue
          args[name] = name === '_count' && this.#draw.chance(30) ? true : this.#aggregate(model, name, `.${name}`)
        }
        break
      default:
        Object.assign(args, this.#selection(this.#schema.output(root.outputType.type), '', 0))
    }
    return args
  }

  toOneUpdate(model: string, relation: string): Plain {
    const nested = this.#schema.input(`${model}UpdateInput`).fields.find(({ name }) => name === relation)
    const write = nested?.inputTypes.find(({ location }) => location === 'inputObjectTypes')
    const update = this.#schema.input(write?.type ?? '').fields.find(({ name }) => name === 'update')
    const where = this.#schema.root(model, 'update')?.args.find(({ name }) => name === 'where')
    const path = `.data.${relation}.update`
    return {
      where: this.#value(where?.inputTypes ?? [], { path: '.where', depth: 0 }),
      data: { [relation]: { update: this.#value(update?.inputTypes ?? [], { path, depth: 1 }) } },
    }
  }

  selection(model: string): Plain {
    return this.#selection(this.#schema.output(model), '', 0)
  }

  #arguments(field: OutputField, path: string, depth: number): Plain {
    const args: Plain = {}
    for (const arg of field.args) {
      if (!arg.isRequired && !this.#draw.chance(45)) continue
      args[arg.name] = this.#value(arg.inputTypes, { path: `${path}.${arg.name}`, depth })
    }
    return args
  }

  /** `_min: { age: true }` and the like: all but a count goes by the values. */
  #aggregate(model: string, aggregate: string, path: string): Plain {
    const of = this.#schema.output(
      `${model}${aggregate.charAt(1).toUpperCase()}${aggregate.slice(2)}AggregateOutputType`,
    )
    const selected: Plain = {}
    for (const { name } of of.fields) {
      if (!this.#draw.chance(30)) continue
      if (aggregate !== '_count' && this.#schema.isSecret(model, name)) {
        if (this.#misuse('aggregate', model, name, `${path}.${name}`)) selected[name] = true
        else if (this.#draw.chance(30)) selected[name] = this.#draw.pick([false, undefined, skip])
        continue
      }
      selected[name] = true
    }
    return selected
  }

  #selection(type: OutputType, path: string, depth: number): Plain {
    const form = this.#draw.pick(['none', 'select', 'include', 'omit', 'include and omit'] as const)
    const selection: Plain = {}
    if (form === 'select') selection.select = this.#selected(type, `${path}.select`, depth, true)
    if (form.startsWith('include')) {
      const included = this.#selected(type, `${path}.include`, depth, false)
      // Models without relations have no `include`.
      if (Object.keys(included).length > 0) selection.include = included
    }
    if (form.endsWith('omit')) {
      const scalars = type.fields.filter(({ outputType }) => outputType.location !== 'outputObjectTypes')
      const omitted = scalars.filter(() => this.#draw.chance(30)).map(({ name }) => [name, this.#draw.chance(80)])
      selection.omit = Object.fromEntries(omitted)
    }
    return selection
  }

  #selected(type: OutputType, path: string, depth: number, scalars: boolean): Plain {
    const selected: Plain = {}
    for (const field of type.fields) {
      const { name, outputType } = field
      const at = `${path}.${name}`
      if (outputType.location !== 'outputObjectTypes') {
        if (scalars && this.#draw.chance(35))
          selected[name] = this.#draw.chance(90) ? true : this.#draw.pick([false, skip])
      } else if (name === '_count') {
        if (this.#draw.chance(30))
          selected._count = this.#draw.chance(30) ? true : { select: this.#counted(outputType.type, at, depth) }
      } else if (depth < MAX_DEPTH && this.#draw.chance(depth === 0 ? 40 : 25)) {
        if (this.#draw.chance(25)) selected[name] = this.#draw.pick([true, true, false, undefined])
        else {
          selected[name] = {
            ...this.#arguments(field, at, depth + 1),
            ...this.#selection(this.#schema.output(outputType.type), at, depth + 1),
          }
        }
      }
    }
    return selected
  }

  #counted(type: string, path: string, depth: number): Plain {
    const counted: Plain = {}
    for (const field of this.#schema.output(type).fields) {
      if (!this.#draw.chance(50)) continue
      this.#counting = true
      counted[field.name] = this.#draw.chance(30) || this.#arguments(field, `${path}.select.${field.name}`, depth + 1)
      this.#counting = false
    }
    return counted
  }

  /** Whether to misuse an encrypted field here. */
  #misuse(kind: Misuse, model: string, field: string, path: string): boolean {
    if (this.#misuses === 0) return false
    const here = kind === 'filter' && this.#counting ? 'count' : kind
    if (this.#misusing !== 'any' && this.#misusing !== here) return false
    if (this.#passes > 0) {
      this.#passes -= 1
      return false
    }
    this.#misuses -= 1
    this.refused.push({ model, field, path })
    return true
  }

  #value(types: readonly TypeRef[], place: Place): unknown {
    const usable = types.filter((type) => type.location !== 'inputObjectTypes' || place.depth <= MAX_DEPTH + 1)
    const type = this.#draw.pick(usable.length > 0 ? usable : types)
    const made = this.#valueOf(type, place)
    return this.#unambiguous(types, type, made)
  }

  #valueOf(type: TypeRef, place: Place): unknown {
    if (!type.isList) return this.#one(type, place)
    const length = this.#draw.exhausted ? 1 : this.#draw.pick([1, 2, 1, 0])
    return Array.from({ length }, (_, i) => this.#one(type, { ...place, path: `${place.path}[${i}]` }))
  }

  /**
   * A to-one `update` may be a row or `{ where, data }`, and Prisma takes the first type that fits. A row that was drawn
   * as one, with a document in its Json field `data` that would do as a row too, is made one that is only a row.
   */
  #unambiguous(types: readonly TypeRef[], drawn: TypeRef, made: unknown): unknown {
    const [first] = types
    if (first === undefined || drawn === first || !/UpdateToOneWithWhere/.test(first.type)) return made
    if (!isLiteral(made) || !isLiteral(made.data)) return made
    const row = this.#schema.input(drawn.type)
    const role = roleOf(row)
    const model = role.kind === 'row' ? role.model : ''
    // Not even if a value is of a wrong type for a row: we take no chances, and refuse it.
    const couldBeRow =
      Object.keys(made).every((key) => key === 'data' || key === 'where') &&
      (made.where === undefined || made.where === skip || isLiteral(made.where)) &&
      Object.keys(made.data).every((key) => this.#schema.field(model, key) !== undefined)
    if (!couldBeRow && !accepts(this.#schema, [first], made)) return made
    if (this.#schema.field(model, 'data')?.kind !== 'object') made.data = [made.data]
    else {
      // No document but a relation: another that is written beside it shows what is meant.
      const other = row.fields.find(({ name }) => name !== 'data' && this.#schema.field(model, name)?.kind === 'object')
      if (other !== undefined) made[other.name] ??= {}
    }
    return made
  }

  #one(type: TypeRef, place: Place): unknown {
    switch (type.location) {
      case 'inputObjectTypes':
        return this.#object(this.#schema.input(type.type), place)
      case 'enumTypes':
        return this.#enumValue(type.type, place)
      case 'fieldRefTypes':
        return this.#reference(type.type, place)
      default:
        return this.#scalar(type.type, place)
    }
  }

  #object(type: InputType, place: Place): Plain {
    const role = roleOf(type)
    const made: Plain = {}
    for (const field of this.#chosen(type, role, place)) {
      const value = this.#field(made, type, role, field, place)
      if (value !== OMITTED) made[field.name] = value
    }
    if (role.kind === 'order' && type.constraints.minNumFields === 1 && Object.keys(made).length === 0) {
      const plain = type.fields.find(({ name }) => !this.#schema.isSecret(role.model, name))
      if (plain !== undefined) made[plain.name] = this.#value(plain.inputTypes, place)
    }
    if (role.kind === 'row' && !role.creates) this.updated.push({ model: role.model, data: made, path: place.path })
    if (role.kind === 'row' && role.creates) {
      this.#recordDefaults(role.model, made, place)
      this.#recordCreated(type, role.model, made, place)
    }
    return made
  }

  /** Which fields of an object to give: the required ones, one of those of which one is, some of the others. */
  #chosen(type: InputType, role: Role, place: Place): InputField[] {
    const { constraints, fields } = type
    if (constraints.maxNumFields === 1) {
      // Arithmetic on a tenant column is a change of tenant.
      const set = fields.find(({ name }) => name === 'set')
      if (set !== undefined && place.of !== undefined && this.#schema.holdsTenant(place.of.model, place.of.field))
        return [set]
      if (constraints.minNumFields !== 1 && this.#draw.chance(10)) return []
      const shallow = fields.filter((field) => place.depth < MAX_DEPTH || leaf(field))
      return [this.#draw.pick(shallow.length > 0 ? shallow : fields)]
    }
    const uniques = fields.filter(({ name }) => constraints.fields?.includes(name) === true)
    const needed = uniques.length > 0 ? this.#draw.pick(uniques) : undefined
    const percent = Math.min(60, Math.ceil((isWrite(type) || role.kind === 'row' ? 550 : 300) / fields.length))
    // `{ data }` and `{ where, data }`, where these are fields: what a to-one update may be mistaken for.
    const words =
      role.kind === 'row' && !role.creates ? fields.filter(({ name }) => name === 'data' || name === 'where') : []
    if (words.some(({ name }) => name === 'data') && this.#draw.chance(40)) {
      return words.filter(({ name }) => name === 'data' || this.#draw.chance(60))
    }
    const chosen = fields.filter((field) => {
      if (field === needed) return true
      // The tenant column is left out often: filling it in is the planner's work.
      const tenant = role.kind === 'row' && role.creates && this.#schema.tenantColumn(role.model) === field.name
      if (field.isRequired && !tenant) return true
      if (place.depth >= MAX_DEPTH && !leaf(field)) return false
      // What leads further, more often than what does not; a to-one update may be read in two ways.
      const relation = role.kind === 'row' && this.#schema.field(role.model, field.name)?.kind === 'object'
      if (relation || (field.name === 'update' && /UpdateOne/.test(type.name)))
        return this.#draw.chance(place.depth === 0 ? 45 : 30)
      return this.#draw.chance(percent)
    })
    const connect = fields.find(({ name }) => name === 'connect')
    return chosen.length === 0 && place.required === true && connect !== undefined ? [connect] : chosen
  }

  #field(holder: Plain, type: InputType, role: Role, field: InputField, place: Place): unknown {
    const { name } = field
    const path = `${place.path}.${name}`
    const deeper = { path, depth: place.depth + 1 }
    switch (role.kind) {
      case 'row': {
        const of = { model: role.model, field: name }
        if (this.#schema.field(role.model, name)?.kind === 'object') {
          return this.#value(field.inputTypes, { ...deeper, required: field.isRequired })
        }
        if (!field.isRequired && this.#draw.chance(6)) return this.#draw.pick([undefined, skip])
        // Computed, and so not to be given.
        if (this.#schema.isIndex(role.model, name) && !this.#misuse('index', role.model, name, path)) return OMITTED
        if (this.#schema.isSecret(role.model, name)) return this.#secretValue(holder, of, field, path)
        return this.#value(field.inputTypes, { ...deeper, of })
      }
      case 'filter':
      case 'having': {
        const known = this.#schema.field(role.model, name)
        if (known === undefined || known.kind === 'object') return this.#value(field.inputTypes, deeper)
        if (this.#schema.isSecret(role.model, name)) return this.#secretFilter(role, field, path)
        return this.#value(field.inputTypes, { ...deeper, of: { model: role.model, field: name } })
      }
      case 'order':
        if (!role.counts && this.#schema.isSecret(role.model, name) && !this.#misuse('order', role.model, name, path)) {
          return type.constraints.minNumFields === 1 ? OMITTED : this.#draw.pick([OMITTED, undefined, skip])
        }
        return this.#value(field.inputTypes, deeper)
      case 'compound':
        return this.#value(field.inputTypes, { ...deeper, of: { model: role.model, field: name } })
      default:
        // Operators and nested writes: still about the field that they stand in.
        return this.#value(field.inputTypes, { ...place, path })
    }
  }

  #secretValue(row: Plain, of: { model: string; field: string }, field: InputField, path: string): unknown {
    const type = this.#draw.pick(field.inputTypes)
    if (type.location !== 'inputObjectTypes') {
      const value = this.#one(type, { path, depth: 0, of })
      if (isStored(value)) this.written.push({ holder: row, key: of.field, ...of, path })
      return value
    }
    // `{ set: value }`
    const set = this.#schema.input(type.type).fields.find(({ name }) => name === 'set')
    if (set === undefined) throw new Error(`${type.type} has no set`)
    const value = this.#draw.chance(5) ? skip : this.#value(set.inputTypes, { path: `${path}.set`, depth: 0, of })
    const wrapper: Plain = { set: value }
    if (value === skip) return OMITTED
    if (isStored(value)) this.written.push({ holder: wrapper, key: 'set', ...of, path: `${path}.set` })
    return wrapper
  }

  /** A filter on an encrypted field: one that is to be refused, or one that only asks for NULL. */
  #secretFilter(role: { kind: string; model: string }, field: InputField, path: string): unknown {
    const { name, inputTypes } = field
    const nullable = inputTypes.some(({ type }) => type === 'Null')
    const json = inputTypes.some(({ type }) => type.startsWith('Json'))
    if (role.kind === 'having') {
      if (this.#misuse('having', role.model, name, path))
        return this.#comparison(inputTypes, path, { model: role.model, field: name })
      return this.#draw.chance(30)
        ? { _count: { gte: this.#draw.below(3) } }
        : this.#draw.pick([OMITTED, undefined, skip])
    }
    const indexed = this.#searchable && this.#schema.indexesOf(role.model, name).length > 0
    if (indexed && this.#draw.chance(40)) return this.#search({ model: role.model, field: name }, path)
    if (this.#misuse('filter', role.model, name, path)) {
      const of = { model: role.model, field: name }
      if (!indexed) return this.#comparison(inputTypes, path, of)
      // Longer than any part.
      if (this.#columnType(of) === 'String' && this.#draw.chance(50)) {
        return {
          [this.#draw.pick(['startsWith', 'endsWith', 'contains'])]: this.#scalar('String', { path, depth: 0, of }),
        }
      }
      return { gt: this.#scalar(this.#columnType(of), { path, depth: 0, of }) }
    }
    const checks: unknown[] = [OMITTED, undefined, skip, {}, { equals: undefined }]
    if (nullable) checks.push(null, { equals: null }, { not: null }, { not: { equals: null } }, { not: { not: null } })
    if (json) checks.push({ equals: nullMarker('DbNull') }, { not: nullMarker('DbNull') })
    return this.#draw.pick(checks)
  }

  /** What an index answers, in one of its forms. */
  #search(of: { model: string; field: string }, path: string): unknown {
    const before = this.marks.size
    const value = (): unknown => this.#scalar(this.#columnType(of), { path, depth: 0, of })
    const domain = (): unknown => this.#mark(`@mark-${1_000_000 + this.marks.size}`, { path, depth: 0, of })
    const parts = [
      () => ({ endsWith: domain() }),
      () => ({ not: { endsWith: domain() } }),
      () => ({
        endsWith: domain(),
        equals: value(),
        not: { in: [value()], endsWith: domain() },
        startsWith: undefined,
      }),
    ]
    const whole = [
      () => value(),
      () => ({ equals: value() }),
      () => ({ in: [value(), value()] }),
      () => ({ in: [] }),
      () => ({ notIn: [value()] }),
      () => ({ not: value() }),
      () => ({ not: { in: [value()] }, equals: value(), notIn: undefined }),
    ]
    // A cursor compares whole values.
    const byPart = this.#schema.hasDomain(of.model, of.field) && !/\bcursor\b/.test(path)
    const filter = this.#draw.pick(byPart ? [...whole, ...parts] : whole)()
    this.searched.push({ path, values: this.marks.size - before })
    return filter
  }

  /** Anything that compares a value: drawn again until it does. */
  #comparison(types: readonly TypeRef[], path: string, of: { model: string; field: string }): unknown {
    for (let tries = 0; tries < 20; tries += 1) {
      const filter = this.#value(types, { path, depth: MAX_DEPTH, of })
      if (compares(filter, this.#columnType(of) === 'Json')) return filter
    }
    return {
      equals: types.some(({ type }) => type.startsWith('Json'))
        ? ['fixed']
        : this.#scalar(this.#columnType(of), { path, depth: 0, of }),
    }
  }

  #columnType({ model, field }: { model: string; field: string }): string {
    return this.#schema.field(model, field)?.type ?? 'String'
  }

  #enumValue(name: string, place: Place): unknown {
    const model = /^(\w+?)(ScalarFieldEnum|OrderByRelevanceFieldEnum)$/.exec(name)?.[1]
    const values = this.#schema.enumValues(name)
    if (model !== undefined) {
      const secret = values.filter((value) => this.#schema.isSecret(model, value))
      if (secret.length > 0) {
        const misused = this.#draw.pick(secret)
        if (this.#misuse('list', model, misused, place.path)) return misused
      }
      const plain = values.filter((value) => !secret.includes(value))
      // Where all are encrypted, as relevance's text columns may be, there is no right choice.
      if (plain.length > 0) return this.#draw.pick(plain)
      const [only] = secret
      if (only !== undefined) this.refused.push({ model, field: only, path: place.path })
      return only
    }
    const value = this.#draw.pick(values)
    if (value === 'DbNull' || value === 'JsonNull' || value === 'AnyNull') return nullMarker(value)
    return value
  }

  /** Another column of the same model and type in place of a value. */
  #reference(type: string, place: Place): unknown {
    const [, list, scalar] = /^(List)?(\w+)FieldRefInput$/.exec(type) ?? []
    const model = place.of?.model
    const columns =
      model === undefined
        ? []
        : this.#schema
            .fields(model)
            .filter((f) => f.kind === 'scalar' && f.type === scalar && f.isList === (list !== undefined))
    const secret = columns.filter((column) => model !== undefined && this.#schema.isSecret(model, column.name))
    const plain = columns.filter((column) => !secret.includes(column))
    const reference = (column: string) => new FieldReference(model ?? '', column, scalar ?? '', list !== undefined)
    const misusing =
      this.refused.length > 0 && place.of !== undefined && this.#schema.isSecret(place.of.model, place.of.field)
    if (secret.length > 0 && !misusing && model !== undefined) {
      const { name } = this.#draw.pick(secret)
      if (this.#misuse('reference', model, name, place.path)) return reference(name)
    }
    if (plain.length > 0) return reference(this.#draw.pick(plain).name)
    return scalar === undefined || scalar.startsWith('Enum') ? undefined : this.#scalar(scalar, place)
  }

  #scalar(type: string, place: Place): unknown {
    const { of } = place
    if (type === 'Null') return null
    if (of !== undefined && this.#schema.holdsTenant(of.model, of.field) && (type === 'String' || type === 'Int')) {
      return type === 'Int' ? Number(TENANT) : TENANT
    }
    const n = 1_000_000 + this.marks.size
    switch (type) {
      case 'String':
        return this.#mark(`mark-${n}`, place)
      case 'Boolean':
        return this.#draw.chance(50)
      case 'Int':
      case 'Float':
        return this.#mark(n, place)
      case 'BigInt':
        return this.#mark(BigInt(n), place)
      case 'Decimal':
        return this.#mark(`${n}`, place)
      case 'DateTime':
        return this.#mark(new Date(n * 1000), place)
      case 'Bytes':
        return this.#mark(new Uint8Array(Buffer.from(`mark-${n}`)), place)
      case 'Json':
        return this.#noteDocument(this.#document(place, 0))
      default:
        throw new Error(`these tests do not know the scalar ${type}`)
    }
  }

  #noteDocument(document: unknown): unknown {
    this.documents.add(document)
    return document
  }

  /** A document whose keys look like Prisma's words and like fields. */
  #document(place: Place, depth: number): unknown {
    const form = this.#draw.below(depth > 2 ? 2 : 6)
    if (form === 0) return this.#mark(`mark-${1_000_000 + this.marks.size}`, place)
    if (form === 1) return this.#mark(1_000_000 + this.marks.size, place)
    if (form === 2) return [this.#document(place, depth + 1), this.#document(place, depth + 1)]
    const own = depth === 0 && place.of !== undefined && this.#draw.chance(50)
    const model = own ? place.of.model : this.#draw.pick(this.#schema.models)
    const words = [...(own ? [] : DOCUMENT_KEYS), ...this.#schema.fields(model).map(({ name }) => name)]
    const document: Plain = {}
    for (let keys = this.#draw.below(4); keys > 0; keys -= 1)
      document[this.#draw.pick(words)] = this.#document(place, depth + 1)
    return document
  }

  #mark<T>(value: T, place: Place): T {
    this.marks.set(markOf(value) ?? '', place.path)
    return value
  }

  /** Literal defaults of encrypted fields that the row leaves out are sealed as if they had been given. */
  #recordDefaults(model: string, data: Plain, { path }: Place): void {
    for (const { name, default: literal } of this.#schema.fields(model)) {
      if (literal === undefined || !this.#schema.isSecret(model, name)) continue
      const left = data[name] === undefined || data[name] === skip
      if (left) this.written.push({ holder: data, key: name, model, field: name, path: `${path}.${name}` })
    }
  }

  #recordCreated(type: InputType, model: string, data: Plain, { path }: Place): void {
    const column = this.#schema.tenantColumn(model)
    if (column === undefined) return
    const has = (name: string): boolean => type.fields.some((field) => field.name === name)
    const owned = this.#schema.fields(model).filter(({ relationFromFields = [] }) => relationFromFields.length > 0)
    const owners = owned.filter(({ relationFromFields = [] }) => relationFromFields.includes(column))
    const isWritten = ({ name }: { name: string }): boolean =>
      isLiteral(data[name]) && Object.keys(data[name]).length > 0
    const held = !has(column) && (owners.length === 0 || owners.some(({ name }) => !has(name)))
    const stuck =
      !has(column) &&
      !held &&
      !owners.some(isWritten) &&
      !owners.some(({ relationFromFields = [] }) => relationFromFields.length === 1)
    this.created.push({ model, data, path, held, checked: owned.some(isWritten), stuck })
  }
}

/**
 * The created rows whose tenant column Prisma would take in no form beside the relations that are written: by the row
 * itself, or by another in the same list, of which Prisma takes all in one form.
 */
export function unfillable(created: readonly Created[]): Created[] {
  const list = (path: string): string => path.replace(/\[\d+\]$/, '[]')
  const nested = (path: string): boolean => path.endsWith(']')
  return created.filter(
    ({ path, checked, stuck }) =>
      stuck &&
      (checked ||
        (nested(path) &&
          created.some((other) => other.checked && nested(other.path) && list(other.path) === list(path)))),
  )
}

const dataOf = (model: string): TypeRef => ({
  type: `${model}UncheckedCreateInput`,
  location: 'inputObjectTypes',
  namespace: 'prisma',
  isList: false,
})

/** Stands for a field that is left out after all. */
const OMITTED = Symbol('omitted')

const DOCUMENT_KEYS = [
  'data',
  'where',
  'set',
  'push',
  'create',
  'connect',
  'update',
  'equals',
  'is',
  'some',
  'AND',
  'ifUndefined',
  '_getName',
  '__proto',
  'toJSON',
]

function leaf(field: InputField): boolean {
  return field.inputTypes.some(
    ({ location, type }) =>
      location !== 'inputObjectTypes' || /(?<!Relation)Filter$|OperationsInput$|CompoundUniqueInput$/.test(type),
  )
}

const writes = new WeakMap<InputType, boolean>()

function isWrite(type: InputType): boolean {
  const known = writes.get(type)
  if (known !== undefined) return known
  const write = /(Create|Update|Upsert)/.test(type.name) && !type.name.endsWith('FieldUpdateOperationsInput')
  writes.set(type, write)
  return write
}

/** NULL says that there is no value. */
function isStored(value: unknown): boolean {
  return value !== null && value !== undefined && value !== skip && !(isMarker(value) && value._getName() === 'DbNull')
}

function compares(filter: unknown, json: boolean, operand = false): boolean {
  if (filter === null || filter === undefined || filter === skip) return false
  if (isMarker(filter)) return filter._getName() !== 'DbNull'
  // A Json field is compared with whole documents, the empty one too.
  if (!isLiteral(filter) || (json && operand)) return true
  return Object.entries(filter).some(([operator, value]) =>
    // A count, which only `having` knows, goes by no value.
    operator === '_count'
      ? false
      : operator === 'equals' || operator === 'not'
        ? compares(value, json, true)
        : value !== undefined && value !== skip,
  )
}

/** The name of a unique value, wherever it turns up. */
export function markOf(value: unknown): string | undefined {
  if (typeof value === 'string') return /^@?(mark-)?\d{7}$/.test(value) ? value : undefined
  if (typeof value === 'number') return value >= 1_000_000 ? `#${value}` : undefined
  if (typeof value === 'bigint') return `#${value}n`
  if (value instanceof Date) return `@${value.getTime()}`
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString()}`
  return undefined
}

export const ALL_OPERATIONS = Object.keys(OPERATIONS) as Operation[]

/** Those with most to them, more often. */
export const WEIGHTED_OPERATIONS: readonly Operation[] = [
  ...ALL_OPERATIONS,
  'create',
  'update',
  'update',
  'upsert',
  'upsert',
]
