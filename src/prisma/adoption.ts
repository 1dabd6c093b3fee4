import { EnvelopeConfigError } from '../errors.js'
import type { ModelMap } from '../schema/model-map.js'
import type { ViewOptions } from './client-views/client-view.js'
import type { BaseClient } from './intercept.js'
import { assertSameSchema } from './same-schema.js'

/** A Prisma client without field encryption that another extension returns: a replica, or the client before ours. */
export type ForeignClient = BaseClient & { $extends(extension: unknown): object; readonly $parent?: unknown }

export function carriesEncryption(client: object): boolean {
  return '$encryption' in client
}

/**
 * Handles clients that an extended client exposes but that lack its extension, and so would return ciphertext as data and
 * all tenants' rows: each is extended once. A client with another schema is refused, and so is the client of a transaction
 * that was begun on such a client.
 *
 * @param extend extends a client with the same encryption.
 */
export function adoption(models: ModelMap, extend: (client: ForeignClient) => object): ViewOptions {
  const adopted = new WeakMap<object, object>()
  const origins = new WeakMap<object, ForeignClient>()
  return {
    adopt(client) {
      if (carriesEncryption(client)) return client
      const known = adopted.get(client)
      if (known !== undefined) return known
      if (!isExtensible(client)) throw cannotAdopt()
      assertSameSchema(client as object, models)
      const made = extend(client)
      adopted.set(client, made)
      origins.set(made, client)
      return made
    },
    // Not the client itself, which would otherwise be its own parent once it is extended.
    parentOf: (client) => origins.get(client)?.$parent,
  }
}

/** Prisma's client can be extended; that of a transaction cannot. */
function isExtensible(client: object): client is ForeignClient {
  return typeof Reflect.get(client, '$extends') === 'function'
}

function cannotAdopt(): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    'An extension returned the client of a transaction that does not encrypt. Begin the transaction on the client that fieldEncryption extended.',
  )
}
