/**
 * Every error this library throws.
 *
 * Match on `code`: codes are stable, messages are not. A message says what happened and what to do about it; no
 * message, property or cause ever carries a plaintext, a ciphertext or key material.
 */
import type {
  AuthenticationErrorCode,
  ConfigErrorCode,
  EnvelopeErrorCode,
  FormatErrorCode,
  JobErrorCode,
  KeyErrorCode,
  QueryErrorCode,
  SchemaErrorCode,
  TenantErrorCode,
} from './errors/codes.js'
import { rowText } from './quoting/row-text.js'

export type {
  AuthenticationErrorCode,
  ConfigErrorCode,
  EnvelopeErrorCode,
  FormatErrorCode,
  JobErrorCode,
  KeyErrorCode,
  QueryErrorCode,
  SchemaErrorCode,
  TenantErrorCode,
} from './errors/codes.js'

/** Where the error arose, as far as known. Never a value. */
export interface ErrorPlace {
  model?: string | undefined
  field?: string | undefined
  tenant?: string | undefined
  /** The steps that lead to the row in the result: `[7, 'visits', 2]`. */
  path?: readonly (string | number)[] | undefined
  /** The row's primary key, where it was selected. */
  key?: Readonly<Record<string, string | number>> | undefined
}

/**
 * Marks the instances of a class across copies of this package: the ES module and the CommonJS build, or two versions in
 * one process. Their classes are different objects, and what depends on `instanceof` (retries, grace, revocation, the
 * application's own handling) must not miss an error because another copy threw it.
 *
 * The mark is on the prototype, so the instances of subclasses carry it too, and no call sets it.
 */
function markInstances(of: { readonly prototype: object }, name: string): void {
  Object.defineProperty(of.prototype, markOf(name), { value: true })
  markedAs.set(of, markOf(name))
}

/** The mark of each class of this copy. */
const markedAs = new WeakMap<object, symbol>()

/** `value instanceof of`. A subclass that an application defines has no mark of its own, and is an ordinary class. */
function isMarked(this: object, value: unknown): boolean {
  const mark = markedAs.get(this)
  if (mark === undefined) return Function.prototype[Symbol.hasInstance].call(this, value)
  return typeof value === 'object' && value !== null && mark in value
}

function markOf(name: string): symbol {
  return Symbol.for(`prisma-envelope/error/${name}`)
}

/**
 * The base of all errors of this library. Match on `code`: codes are stable, messages are not. No message, property or
 * cause contains a plaintext, a ciphertext or key material. Every code, and what to do: docs/errors.md.
 *
 * @example
 * ```ts
 * try {
 *   await acme.patient.findMany()
 * } catch (error) {
 *   if (!(error instanceof EnvelopeError)) throw error
 *   logger.error({ code: error.code, model: error.model, tenant: error.tenant })
 * }
 * ```
 */
export abstract class EnvelopeError extends Error {
  static {
    markInstances(EnvelopeError, 'EnvelopeError')
    Object.defineProperty(EnvelopeError, Symbol.hasInstance, { value: isMarked })
  }

  /** What went wrong, from a closed list of stable codes. */
  readonly code: EnvelopeErrorCode
  // Declared only, so that an unknown property is absent rather than `undefined`.
  /** The Prisma model in which it arose, where known. */
  declare readonly model?: string
  /** The field in which it arose, where known. */
  declare readonly field?: string
  /** The tenant for which it arose, where known. */
  declare readonly tenant?: string
  /** The steps that lead to the row in the result, where known: `[7, 'visits', 2]`. */
  declare readonly path?: readonly (string | number)[]
  /** The row's primary key, where it was selected. */
  declare readonly key?: Readonly<Record<string, string | number>>

  constructor(code: EnvelopeErrorCode, message: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    if (place.model !== undefined) this.model = place.model
    if (place.field !== undefined) this.field = place.field
    if (place.tenant !== undefined) this.tenant = place.tenant
    if (place.path !== undefined) this.path = place.path
    if (place.key !== undefined) this.key = place.key
  }
}

/** An error with some of the codes. `EnvelopeError` itself is not generic: after `instanceof`, its code would be `any`. */
abstract class ErrorWithCodes<C extends EnvelopeErrorCode> extends EnvelopeError {
  /** One of the codes of this class. */
  declare readonly code: C

  // For its type alone: the base class accepts every code.
  constructor(code: C, message: string, place?: ErrorPlace, options?: ErrorOptions) {
    super(code, message, place, options)
  }
}

/**
 * A stored value is not an envelope that can be read. Codes: {@link FormatErrorCode}.
 *
 * @example
 * ```ts
 * if (error instanceof EnvelopeFormatError && error.code === 'ENVELOPE_NOT_AN_ENVELOPE') {
 *   // Something wrote plaintext to an encrypted column.
 * }
 * ```
 */
export class EnvelopeFormatError extends ErrorWithCodes<FormatErrorCode> {
  static {
    markInstances(EnvelopeFormatError, 'EnvelopeFormatError')
  }
}

/**
 * An envelope does not open where it is stored, or the index beside it belongs to a different value. Codes:
 * {@link AuthenticationErrorCode}.
 *
 * @example
 * ```ts
 * if (error instanceof EnvelopeAuthenticationError) alert(`${error.model}.${error.field} was tampered with`)
 * ```
 */
export class EnvelopeAuthenticationError extends ErrorWithCodes<AuthenticationErrorCode> {
  static {
    markInstances(EnvelopeAuthenticationError, 'EnvelopeAuthenticationError')
  }
}

/**
 * The tenant is missing, unknown, or not the one that the row belongs to. Codes: {@link TenantErrorCode}.
 *
 * @example
 * ```ts
 * // Treat another tenant's row as if it did not exist.
 * if (error instanceof EnvelopeTenantError && error.code === 'ENVELOPE_TENANT_MISMATCH') return response.status(404).end()
 * ```
 */
export class EnvelopeTenantError extends ErrorWithCodes<TenantErrorCode> {
  static {
    markInstances(EnvelopeTenantError, 'EnvelopeTenantError')
  }
}

/**
 * A key could not be obtained from KMS. Codes: {@link KeyErrorCode}.
 *
 * @example
 * ```ts
 * if (error instanceof EnvelopeKeyError && error.retryable) response.setHeader('Retry-After', '5')
 * ```
 */
export class EnvelopeKeyError extends ErrorWithCodes<KeyErrorCode> {
  static {
    markInstances(EnvelopeKeyError, 'EnvelopeKeyError')
  }

  /** Whether the same call may succeed later without any change (throttling, network, 5xx). */
  readonly retryable: boolean

  constructor(
    code: KeyErrorCode,
    message: string,
    place: ErrorPlace & { retryable?: boolean } = {},
    options?: ErrorOptions,
  ) {
    super(code, message, place, options)
    this.retryable = place.retryable ?? false
  }
}

/**
 * A Prisma call that cannot be answered correctly on encrypted data; thrown before any SQL. Codes: {@link QueryErrorCode}.
 *
 * @example
 * ```ts
 * // Ciphertext has no order: ENVELOPE_FILTER_UNSUPPORTED.
 * await acme.patient.findMany({ orderBy: { email: 'asc' } })
 * ```
 */
export class EnvelopeQueryError extends ErrorWithCodes<QueryErrorCode> {
  static {
    markInstances(EnvelopeQueryError, 'EnvelopeQueryError')
  }
}

/**
 * The extension is configured or used wrongly. Codes: {@link ConfigErrorCode}.
 *
 * @example
 * ```ts
 * prisma.$encryption.close()
 * await acme.patient.findMany() // rejects with ENVELOPE_CLOSED
 * ```
 */
export class EnvelopeConfigError extends ErrorWithCodes<ConfigErrorCode> {
  static {
    markInstances(EnvelopeConfigError, 'EnvelopeConfigError')
  }
}

/**
 * A job over stored rows, such as `$encryption.rewrap`, ended before it was done. What it has done stays. Codes:
 * {@link JobErrorCode}.
 *
 * @example
 * ```ts
 * if (error instanceof EnvelopeJobError && error.code === 'ENVELOPE_JOB_INTERRUPTED') process.exitCode = 75 // again, later
 * ```
 */
export class EnvelopeJobError extends ErrorWithCodes<JobErrorCode> {
  static {
    markInstances(EnvelopeJobError, 'EnvelopeJobError')
  }
}

/**
 * An annotation in the Prisma schema is wrong; thrown by `prisma generate`. Codes: {@link SchemaErrorCode}.
 *
 * @example
 * ```prisma
 * id String @id /// @encrypted    // ENVELOPE_SCHEMA_INVALID: an id cannot be encrypted
 * ```
 */
export class EnvelopeSchemaError extends ErrorWithCodes<SchemaErrorCode> {
  static {
    markInstances(EnvelopeSchemaError, 'EnvelopeSchemaError')
  }
}

/**
 * The same error with its place: what is already known stays, and the message starts with the place. A new error of the
 * same class, since the given one may be cached and thrown again for another row.
 */
export function located<E extends EnvelopeError>(error: E, place: ErrorPlace): E {
  const known: ErrorPlace = {
    model: error.model ?? place.model,
    field: error.field ?? place.field,
    tenant: error.tenant ?? place.tenant,
    path: error.path ?? place.path,
    key: error.key ?? place.key,
  }
  const field = [known.model, known.field].filter((name) => name !== undefined).join('.')
  const where = field + rowText(known)
  const prefix = error.model === undefined && where !== '' ? `${where}: ` : ''
  const copy = copyOf(error, prefix + error.message)
  for (const [name, value] of Object.entries(known)) {
    if (value !== undefined) Object.defineProperty(copy, name, { value, enumerable: true, configurable: true })
  }
  Error.captureStackTrace(copy, located)
  return copy
}

/**
 * A copy with another message, created by `Error` itself: an object from `Object.create` is not an error to
 * `structuredClone`, `util.types.isNativeError` and what relies on them (worker threads, loggers). Class and all properties
 * are kept; no constructor of a subclass runs.
 */
function copyOf<E extends EnvelopeError>(error: E, message: string): E {
  const { message: _, stack: __, ...properties } = Object.getOwnPropertyDescriptors(error)
  const copy = Object.defineProperties(new Error(message), properties)
  // Of the prototype and with the properties of an E.
  return Object.setPrototypeOf(copy, Object.getPrototypeOf(error)) as E
}
