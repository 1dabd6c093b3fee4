import { Prisma } from '@prisma/client/extension'
import { EnvelopeConfigError } from '../errors.js'
import type { Encryption } from '../management/encryption.js'
import { managementFace } from '../management/face.js'
import { LazyRewrap } from '../operations/index.js'
import type { ModelMap } from '../schema/model-map.js'
import { type TenantId, tenantText } from '../tenancy/index.js'
import { adoption, carriesEncryption } from './adoption.js'
import { boundView, clientView } from './client-views/client-view.js'
import { ComputedFields } from './computed-fields.js'
import type { FieldEncryptionOptions } from './encryption-options.js'
import { type EventListener, reporter } from './events.js'
import { type BaseClient, type ExtendedClient, intercept } from './intercept.js'
import { internalParamsOf } from './internals.js'
import { type Plain, PlanCache } from './query/index.js'
import { rowStoreOf } from './row-store.js'
import { EncryptionRuntime } from './runtime.js'
import { assertSameSchema } from './same-schema.js'

/**
 * Transparent field encryption for a Prisma client.
 *
 * Extensions that must see plaintext, and those that call the extended client from their own hook, go before this one;
 * those that route, replace or cache queries (read replicas, caches, Accelerate) go after it. https://www.prisma.io/docs/orm/prisma-client/client-extensions
 *
 * @example
 * ```ts
 * const prisma = new PrismaClient({ adapter }).$extends(
 *   fieldEncryption({ models: encryptedModels, app: 'clinic', kms: awsKms({ region: 'eu-central-1' }), cmk }),
 * )
 * ```
 * @throws `ENVELOPE_CONFIG_INVALID` for an invalid option, `ENVELOPE_ALREADY_EXTENDED` when the client already has field
 * encryption.
 */
export function fieldEncryption<const M extends ModelMap>(options: FieldEncryptionOptions<M>) {
  const runtime = new EncryptionRuntime(options)
  return Prisma.defineExtension((client) => {
    if (carriesEncryption(client as object)) {
      throw new EnvelopeConfigError(
        'ENVELOPE_ALREADY_EXTENDED',
        'This client already has field encryption: values would be sealed twice. Extend it only once.',
      )
    }
    assertSameSchema(client as object, options.models)
    // The client before this extension: its calls are not intercepted.
    const base = client as unknown as BaseClient
    runtime.useKeyTable(base)
    const rewrap = options.rewrap === 'off' ? undefined : lazyRewrap(runtime, base, options.onEvent)
    const management = managementFace<M>(runtime, rewrap, base, options.models)
    const models = Object.keys(options.models.models)
    const extended = client.$extends(encryptionOf(runtime, base, rewrap, management, new ComputedFields(models, base)))
    return clientView(
      extended,
      adoption(options.models, (other) => {
        // Not rewrapped: a client that another extension returns may be a replica, or another database.
        const computed = new ComputedFields(models, other)
        return other.$extends(encryptionOf(runtime, other, undefined, management, computed))
      }),
    )
  })
}

/** Rewraps rows as they are read, where the database allows it. */
function lazyRewrap(
  runtime: EncryptionRuntime,
  client: BaseClient,
  listener: EventListener | undefined,
): LazyRewrap | undefined {
  const rows = rowStoreOf(runtime.models.provider, client)
  return rows === undefined ? undefined : new LazyRewrap({ keys: runtime.keys, rows, onEvent: reporter(listener) })
}

/** The extension itself. Prisma infers what it adds to a client's type. */
function encryptionOf<M extends ModelMap>(
  runtime: EncryptionRuntime,
  base: BaseClient,
  rewrap: LazyRewrap | undefined,
  management: Encryption<M>,
  computed: ComputedFields,
) {
  const extended: ExtendedClient = { runtime, client: base, rewrap, computed, plans: new PlanCache() }
  return Prisma.defineExtension({
    name: 'prisma-envelope',
    client: notingExtends(base, computed, {
      /** This client, bound to one tenant: whatever is read or written through it is that tenant's. */
      $forTenant<T extends object>(this: T, tenant: TenantId): T {
        return boundView(this, tenantText(tenant))
      },
      /** The management face: values and raw rows, keys and counts. */
      $encryption: management,
    }),
    query: {
      $allOperations(call) {
        const { model: name, operation, args, query } = call
        if (name === undefined) return query(args)
        const model = runtime.models.get(name)
        if (!model.concerned) return query(args)
        return intercept(extended, {
          model,
          operation,
          // With a model, Prisma passes the arguments of that model's operation: a plain object, or nothing.
          args: (args ?? {}) as Plain,
          internal: internalParamsOf(call),
          query: query as (planned: Plain) => PromiseLike<unknown>,
        })
      },
    },
  })
}

/**
 * Adds a `$extends` that does what Prisma's does, and notes each client that it creates: result extensions are known per
 * client, not per call. The types stay as they are without it.
 */
function notingExtends<C extends object>({ $extends }: BaseClient, computed: ComputedFields, component: C): C {
  const noting = {
    ...component,
    $extends(this: object, extension: unknown): unknown {
      const extended = Reflect.apply($extends, Prisma.getExtensionContext(this), [extension])
      computed.note(extended)
      return extended
    },
  }
  return noting
}
