import type { OptionNames } from '../options/known-options.js'
import { indexOf, namedIndex, ownValue, type Plain, searchLeaf } from '../prisma/query/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { ModelMap } from '../schema/model-map.js'
import type { TenantOption } from './encryption.js'
import type { EncryptedModelName, IndexedFieldName, IndexName, PlainValue } from './model-types.js'
import { fieldOf, tenantIfKnown } from './subject.js'

const OPTIONS: OptionNames<TenantOption & { index?: unknown }> = { tenant: true, index: true }

/** `$encryption.index`. */
export async function indexToken<M extends ModelMap, N extends EncryptedModelName<M>, F extends IndexedFieldName<M, N>>(
  runtime: EncryptionRuntime,
  modelName: N,
  fieldName: F,
  value: PlainValue<M, N, F>,
  options?: TenantOption & { index?: IndexName<M, N, F> },
): Promise<Uint8Array<ArrayBuffer>> {
  const { model, field } = fieldOf(runtime, modelName, fieldName)
  const tenant = tenantIfKnown(runtime, model, options, OPTIONS)
  // A name, by the types.
  const named = (options === undefined ? undefined : ownValue(options, 'index')) as string | undefined
  const index =
    named === undefined ? indexOf(model, field.field, tenant) : namedIndex(model, field.field, tenant, named)
  const holder: Plain = {}
  await runtime.fillTokens([searchLeaf(index, tenant, holder, 'token', value)])
  // The leaf was filled with a token.
  return holder.token as Uint8Array<ArrayBuffer>
}
