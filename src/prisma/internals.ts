/**
 * Every part of Prisma that this library uses and Prisma does not document, in one place. All of it was read in the
 * sources of 6.19.3 and 7.10.0, and `test/integration/internals.test.ts` checks each part on both.
 *
 * What a release does not have is `undefined` here, and each caller says what it does then: nothing fails open. Objects are
 * recognized by their shape, since an application may load several copies of Prisma's runtime.
 */

import { type Callable, isObject } from './objects.js'

// ── The client ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A client, or the client of a transaction. */
export interface ClientShape {
  readonly $queryRaw: unknown
}

export function isClient(value: unknown): value is ClientShape {
  return isObject(value) && '$queryRaw' in value && !isPrismaPromise(value)
}

/** Whether it is the client of an interactive transaction, which connects nowhere: `Prisma.TransactionClient` has no `$connect`. */
export function isOfTransaction(client: object): boolean {
  return Reflect.get(client, '$connect') === undefined
}

/** What a client has for each of its models. */
export function isModelDelegate(value: unknown): value is { readonly $name: unknown } {
  return isObject(value) && '$name' in value && 'findMany' in value
}

/** What Prisma's operations return: nothing is sent until it is awaited. */
export function isPrismaPromise(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && Reflect.get(value, Symbol.toStringTag) === 'PrismaPromise'
}

/** Whether a method is Prisma's own, rather than one that an extension added or replaced. */
export function isPrismasOwn(client: object, key: PropertyKey, method: unknown): boolean {
  const original: unknown = Reflect.get(client, '_originalClient')
  return Reflect.get(isObject(original) ? original : client, key) === method
}

/**
 * Whether a model's method is Prisma's own operation, which sends nothing before its promise is awaited. Prisma makes a
 * function each time that one is read; what an extension or a test has put there is the same each time.
 */
export function isPrismasOperation(delegate: object, key: PropertyKey, method: unknown): boolean {
  return Reflect.get(delegate, key, delegate) !== method
}

/** The models and fields that a client was generated with. */
export function modelsOfClient(
  client: object,
): Readonly<Record<string, { readonly fields?: readonly { readonly name: string }[] }>> | undefined {
  const { _runtimeDataModel } = client as { _runtimeDataModel?: { models?: ReturnType<typeof modelsOfClient> } }
  return _runtimeDataModel?.models
}

/** The text of the schema that a client was generated from, comments included. */
export function schemaOfClient(client: object): string | undefined {
  const { _engineConfig } = client as { _engineConfig?: { inlineSchema?: unknown } }
  const schema = _engineConfig?.inlineSchema
  return typeof schema === 'string' ? schema : undefined
}

/** What the client's option `omit` hides, by model. */
export type GlobalOmit = Readonly<Record<string, Readonly<Record<string, boolean | undefined>> | undefined>>

export function globalOmitOf(client: object): GlobalOmit {
  return (client as { _globalOmit?: GlobalOmit })._globalOmit ?? {}
}

/** The client of an interactive transaction, from what {@link InternalParams} says of it. */
export function clientInside(client: object, transaction: Transaction): object | undefined {
  const { _createItxClient } = client as { _createItxClient?: (transaction: Transaction) => object }
  return _createItxClient === undefined ? undefined : Reflect.apply(_createItxClient, client, [transaction])
}

/** Reads a model's computed fields, and the fields that each is computed from. */
export type ComputedFieldsReader = (
  model: string,
) => Readonly<Record<string, { readonly needs: readonly string[] }>> | undefined

/** The computed fields of the client's result extensions. */
export function computedFieldsOf(client: object): ComputedFieldsReader | undefined {
  const extensions: unknown = Reflect.get(client, '_extensions')
  if (!hasMethod(extensions, 'getAllComputedFields')) return undefined
  return (model) =>
    Reflect.apply(extensions.getAllComputedFields, extensions, [model]) as ReturnType<ComputedFieldsReader>
}

// ── A call ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The transaction that a call is part of. */
export interface Transaction {
  /** `'itx'` for an interactive one, `'batch'` for a list. */
  readonly kind?: string
  /** Of an interactive one. */
  readonly id?: unknown
  /** What the calls of one list wait for each other with: the same object for all of them. */
  readonly lock?: unknown
}

/** What Prisma tells an extension about a call, besides the documented parts. */
export interface InternalParams {
  /** The way of a fluent call: `['select', 'mentor']`. */
  readonly dataPath?: readonly string[]
  /** What the call nearest to the database was made with. Prisma unpacks the result by it. */
  args?: unknown
  readonly transaction?: Transaction
}

/** Has a call sent as another operation. Its errors still name the one that was called. */
export function sendAs(internal: InternalParams, operation: string): void {
  Reflect.set(internal, 'action', operation)
}

export function internalParamsOf(call: object): InternalParams | undefined {
  return (call as { __internalParams?: InternalParams }).__internalParams
}

// ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `undefined` or `Prisma.skip`: as if the key were not there. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || isSkip(value)
}

/** A JSON document never carries functions, so no document is taken for a marker. */
export function isSkip(value: unknown): boolean {
  return hasMethod(value, 'ifUndefined')
}

/** `DbNull` and its like, and whatever else names itself as they do: Prisma writes such a thing's name. */
export function isMarker(value: unknown): value is { _getName(): unknown } {
  return hasMethod(value, '_getName')
}

/** `DbNull`, `JsonNull` or `AnyNull`. */
export function nullMarker(value: unknown): 'DbNull' | 'JsonNull' | 'AnyNull' | undefined {
  if (!isMarker(value) || !hasMethod(value, '_getNamespace')) return undefined
  const name = value._getName()
  return name === 'DbNull' || name === 'JsonNull' || name === 'AnyNull' ? name : undefined
}

/** Our `Prisma.JsonNull`, which belongs to the generated client. It is sealed, so Prisma never sees it. */
export const JSON_NULL = Object.freeze({ _getName: () => 'JsonNull', _getNamespace: () => 'objectEnumValues' })

/** `prisma.patient.fields.email`: another column in place of a value. */
export function fieldReference(value: unknown): { model: string; field: string } | undefined {
  if (!hasMethod(value, '_toGraphQLInputType')) return undefined
  const { modelName, name } = value as { modelName?: unknown; name?: unknown }
  return typeof modelName === 'string' && typeof name === 'string' ? { model: modelName, field: name } : undefined
}

/** A Decimal of any copy of decimal.js, recognized as that library does itself. */
export function isDecimal(value: unknown): value is { toFixed(): string } {
  return hasMethod(value, 'toFixed') && Reflect.get(value, 'toStringTag') === '[object Decimal]'
}

// ── Errors ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Prisma's codes for a nested upsert whose filter matches nothing: a missing table or column, or a query of no result. */
const BROKEN_UPSERT: ReadonlySet<string> = new Set(['P2021', 'P2022', 'P2039'])

/** The same from the database, where Prisma 6 passes its error on: of SQLite, and of PostgreSQL (table, column). */
const BROKEN_UPSERT_SQL: ReadonlySet<string> = new Set(['1', '42P01', '42703'])

/** Whether an error is what Prisma makes of a nested upsert whose filter matches no row. */
export function isBrokenUpsert(error: unknown): boolean {
  const code = propertyOf(error, 'code')
  if (code !== undefined) return BROKEN_UPSERT.has(String(code))
  return BROKEN_UPSERT_SQL.has(String(propertyOf(propertyOf(error, 'cause'), 'originalCode')))
}

function propertyOf(value: unknown, key: string): unknown {
  return isObject(value) ? Reflect.get(value, key) : undefined
}

function hasMethod<K extends string>(value: unknown, name: K): value is { [P in K]: Callable } {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function'
}
