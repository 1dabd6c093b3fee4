/** The closed list of the codes that errors carry, by the class that carries them. */

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
  /** The key table says that the data key was erased on purpose. */
  | 'ENVELOPE_DATA_KEY_ERASED'
  /** The key table could not be read. */
  | 'ENVELOPE_KEY_TABLE_UNAVAILABLE'
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
  /** The value cannot be stored in this field, or searched for by its index: wrong type or length, or not well-formed Unicode. */
  | 'ENVELOPE_VALUE_INVALID'
  /** An argument that this release does not know, though Prisma may: refused, since it might carry plaintext. */
  | 'ENVELOPE_ARGUMENT_UNKNOWN'
  /** A unique value is written, and a row that is still in plaintext (`legacy: read`) holds it. */
  | 'ENVELOPE_NOT_UNIQUE'
  /** `$encryption.search` would have to go through more rows than `max`: none was read. */
  | 'ENVELOPE_SEARCH_TOO_LARGE'
  /** The row of a search's `cursor` is not among those that are searched any more. */
  | 'ENVELOPE_SEARCH_CURSOR_GONE'

/** The extension is configured or used in a way that cannot work. */
export type ConfigErrorCode =
  | 'ENVELOPE_CONFIG_INVALID'
  /** A client may be extended with field encryption once. */
  | 'ENVELOPE_ALREADY_EXTENDED'
  /** The client's encryption was closed. */
  | 'ENVELOPE_CLOSED'
  /** The operating system returned no random bytes, so nothing can be sealed. */
  | 'ENVELOPE_RANDOM_UNAVAILABLE'

/** A job over stored rows ended before it was done. */
export type JobErrorCode =
  /** The database did not answer any more, or refused what every batch needs. */
  | 'ENVELOPE_JOB_INTERRUPTED'
  /** The checkpoint is of a job with other options, or of another schema. */
  | 'ENVELOPE_CHECKPOINT_MISMATCH'
  /** Values of a tenant are left that would outlive its data keys: nothing was erased. */
  | 'ENVELOPE_VALUES_LEFT'
  /** Rows cannot be moved to another tenant as they are: none was. */
  | 'ENVELOPE_MOVE_REFUSED'
  /** Rows that were to be moved were changed or locked by somebody else: none was moved. Try again. */
  | 'ENVELOPE_MOVE_CONFLICT'

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
  | JobErrorCode
  | SchemaErrorCode
