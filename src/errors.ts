/**
 * Every error this library throws, and the closed list of its codes.
 *
 * Match on `code`: codes are stable, messages are not. A message says what happened and what to do about it; no
 * message, property or cause ever carries a plaintext, a ciphertext or key material.
 */
import { rowText } from './quoting/row-text.js'

/** What the database holds, or what was passed to `open`, is not an envelope that this release can read. */
export type FormatErrorCode =
  /** The stored value is not an envelope at all: it is plaintext, or something else wrote it. */
  | 'ENVELOPE_NOT_AN_ENVELOPE'
  /** It begins like an envelope but is truncated, too long, or not in the canonical encoding. */
  | 'ENVELOPE_MALFORMED'
  | 'ENVELOPE_UNKNOWN_VERSION'
  | 'ENVELOPE_UNKNOWN_SUITE'
  | 'ENVELOPE_UNKNOWN_FLAGS'
  /** How its data key is wrapped, or what that key may seal, is something that a later release defines. */
  | 'ENVELOPE_UNKNOWN_KEY_SECTION'

/** The stored value is not what was written there. */
export type AuthenticationErrorCode =
  /** The envelope was altered, or moved to another tenant, model or field. */
  | 'ENVELOPE_AUTHENTICATION_FAILED'
  /** An index column does not hold the token of the value beside it. */
  | 'ENVELOPE_INDEX_MISMATCH'

/** The tenant of a call or row is missing, invalid, or not one that this call may reach. */
export type TenantErrorCode =
  /** No tenant is set for this call. */
  | 'ENVELOPE_TENANT_REQUIRED'
  /** The tenant is empty, too long, or of a type that a tenant cannot have. */
  | 'ENVELOPE_TENANT_INVALID'
  /** The row names one tenant, the context another. */
  | 'ENVELOPE_TENANT_CONFLICT'
  /** A write would move a row to another tenant. */
  | 'ENVELOPE_TENANT_CHANGED'
  /** A row holds an envelope that was sealed for another tenant. */
  | 'ENVELOPE_TENANT_MISMATCH'
  /** `cmk(tenant)` returned nothing for this tenant. */
  | 'ENVELOPE_TENANT_UNKNOWN'
  /** A bound client cannot keep this call within its tenant: it would reach other tenants' rows. */
  | 'ENVELOPE_TENANT_UNPROTECTED'
  /** A client or call that is bound to one tenant was asked to act for a different one, or for all. */
  | 'ENVELOPE_TENANT_BOUND'

/** A key could not be obtained. */
export type KeyErrorCode =
  | 'ENVELOPE_KMS_ACCESS_DENIED'
  | 'ENVELOPE_KMS_DISABLED'
  /** Pending deletion, pending import, or another state in which the CMK cannot be used. */
  | 'ENVELOPE_KMS_INVALID_STATE'
  | 'ENVELOPE_KMS_NOT_FOUND'
  /** KMS does not accept this wrapped data key under this CMK and encryption context. */
  | 'ENVELOPE_KMS_INVALID_CIPHERTEXT'
  /** The request is wrong in a way that no retry can fix: key usage, key spec, grant token, validation. */
  | 'ENVELOPE_KMS_INVALID_REQUEST'
  | 'ENVELOPE_KMS_THROTTLED'
  /** KMS could not be reached, timed out, or returned a server error. */
  | 'ENVELOPE_KMS_UNAVAILABLE'
  /** KMS answered, but the response is not usable. */
  | 'ENVELOPE_KMS_BAD_RESPONSE'
  /** The data key was wrapped under a CMK that is not among the configured ones. */
  | 'ENVELOPE_CMK_UNTRUSTED'
  /** The data key was created by an application whose name differs from the option `app`. */
  | 'ENVELOPE_APP_MISMATCH'
  /** The key table does not hold the data key that the envelope names, or there is no key table. */
  | 'ENVELOPE_DATA_KEY_NOT_FOUND'
  /** What KMS unwrapped is not the data key that the envelope names. */
  | 'ENVELOPE_DATA_KEY_MISMATCH'
  /** The HMAC key behind the blind indexes is not the one that they were built with. */
  | 'ENVELOPE_INDEX_KEY_CHANGED'
  /** Too many of this tenant's envelopes have recently failed to unwrap; KMS is not called for a while. */
  | 'ENVELOPE_UNWRAP_LIMITED'

/** The call cannot be answered correctly on encrypted data; nothing was sent to the database. */
export type QueryErrorCode =
  /** A filter, ordering, grouping or aggregate over an encrypted field, which would compare ciphertext. */
  | 'ENVELOPE_FILTER_UNSUPPORTED'
  /** The value cannot be stored in this field: wrong type, or not well-formed Unicode. */
  | 'ENVELOPE_VALUE_INVALID'
  /** An argument that this release does not know, though Prisma may: refused, since it might carry plaintext. */
  | 'ENVELOPE_ARGUMENT_UNKNOWN'

/** The extension is configured or used in a way that cannot work. */
export type ConfigErrorCode =
  | 'ENVELOPE_CONFIG_INVALID'
  /** A client may be extended with field encryption once. */
  | 'ENVELOPE_ALREADY_EXTENDED'
  /** The client's encryption was closed. */
  | 'ENVELOPE_CLOSED'
  /** The operating system returned no random bytes, so nothing can be sealed. */
  | 'ENVELOPE_RANDOM_UNAVAILABLE'

/** `prisma generate` found an annotation that it cannot honour. */
export type SchemaErrorCode = 'ENVELOPE_SCHEMA_INVALID'

/** All codes: a closed list, so that a `switch` over it is checked for completeness. */
export type EnvelopeErrorCode =
  | FormatErrorCode
  | AuthenticationErrorCode
  | TenantErrorCode
  | KeyErrorCode
  | QueryErrorCode
  | ConfigErrorCode
  | SchemaErrorCode

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
