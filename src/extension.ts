import { Prisma } from '@prisma/client/extension'
import { EncryptionRuntime } from './encryption.js'
import { EnvelopeConfigError } from './errors.js'
import { type Encryption, managementFace } from './management.js'
import type { FieldEncryptionOptions } from './options.js'
import type { GlobalOmit, Model, Plain, ReadPlan } from './query/index.js'
import type { ModelMap } from './schema/model-map.js'
import { boundView, type TenantId, tenantText } from './tenancy/index.js'

/**
 * Transparent field encryption for a Prisma client.
 *
 * ```ts
 * const prisma = new PrismaClient({ adapter }).$extends(
 *   fieldEncryption({ models: encryptedModels, app: 'clinic', kms: awsKms({ region: 'eu-central-1' }), cmk }),
 * )
 * ```
 *
 * Extensions that must see plaintext go before this one; those that route or replace the query (read replicas,
 * Accelerate) go after it. https://www.prisma.io/docs/orm/prisma-client/client-extensions
 *
 * @throws `ENVELOPE_CONFIG_INVALID` for options that cannot be used, `ENVELOPE_ALREADY_EXTENDED` when the client has
 * field encryption already.
 */
export function fieldEncryption<const M extends ModelMap>(options: FieldEncryptionOptions<M>) {
  const runtime = new EncryptionRuntime(options)
  const management = managementFace<M>(runtime)
  return Prisma.defineExtension((client) => {
    if ('$encryption' in client) {
      throw new EnvelopeConfigError(
        'ENVELOPE_ALREADY_EXTENDED',
        'This client has field encryption already: values would be sealed twice. Extend it once.',
      )
    }
    const globalOmit: GlobalOmit = (client as { _globalOmit?: GlobalOmit })._globalOmit ?? {}
    return client.$extends({
      name: 'prisma-envelope',
      client: {
        /** This client, bound to one tenant: whatever is read or written through it is that tenant's. */
        $forTenant<T extends object>(this: T, tenant: TenantId): T {
          return boundView(Prisma.getExtensionContext(this) as T, tenantText(tenant))
        },
        /** The management face: values and raw rows, keys and counts. */
        $encryption: management as Encryption<M>,
      },
      query: {
        async $allOperations({ model: name, operation, args, query, ...internal }) {
          if (name === undefined) return query(args)
          const model = runtime.models.get(name)
          if (!model.concerned) return query(args)
          const context = runtime.context()
          // With a model, Prisma gives the arguments of that model's operation: a plain object, or nothing.
          const given = (args ?? {}) as Plain
          const { plan, sealed } = runtime.before(model, operation, given, context, globalOmit, originalArgs(internal))
          if (sealed !== undefined) await sealed
          const result: unknown = await query(given as typeof args)
          // Counts and aggregates hold no rows; `count({ select: { ssn: true } })` gives a number under a field's name.
          if (plan === undefined) return result
          const unpacked = followFluent(runtime, model, plan, internal)
          const opened = runtime.after(unpacked.model, result, unpacked.plan, context)
          if (opened !== undefined) await opened
          return result
        },
      },
    })
  })
}

/** What Prisma tells extensions beside the documented parts. Not promised: each is used only where it is there. */
interface Internal {
  __internalParams?: { dataPath?: readonly string[]; args?: unknown }
}

function originalArgs(internal: Internal): unknown {
  return internal.__internalParams?.args
}

/**
 * The model and plan of what a call really returns: `patient.findUnique(…).visits()` arrives as a call on Patient, but
 * its result is the visits.
 */
function followFluent(
  runtime: EncryptionRuntime,
  model: Model,
  plan: ReadPlan | undefined,
  internal: Internal,
): { model: Model; plan: ReadPlan | undefined } {
  const path = internal.__internalParams?.dataPath ?? []
  let at = { model, plan }
  // Every other step is the word `select` or `include`.
  for (const field of path.filter((_, i) => i % 2 === 1)) {
    const entry = at.model.fields.get(field)
    if (entry?.kind !== 'relation') break
    at = { model: runtime.models.get(entry.model), plan: at.plan?.relations.get(field) }
  }
  return at
}
