import type { Plaintext, Stored } from '../../envelope/index.js'
import { EnvelopeError } from '../../errors.js'
import type { EncryptedField } from '../../leaves/index.js'
import type { ValueCipher } from './value-target.js'

/** What is to be sealed, as it goes into the envelope. */
export interface PlaintextAt {
  readonly field: EncryptedField
  readonly tenant: string
  readonly plaintext: Plaintext
}

/** Seals plaintexts as they are. One tenant whose key fails keeps no other from being sealed. Bytes are wiped. */
export async function sealPlaintexts(
  values: readonly PlaintextAt[],
  { seal }: Pick<ValueCipher, 'seal'>,
): Promise<(Stored | EnvelopeError)[]> {
  const sealed: unknown[] = values.map(({ plaintext }) => plaintext)
  // Values of one field are sealed together.
  const fields = new Map([...new Set(values.map(({ field }) => field))].map((field) => [field, verbatim(field)]))
  const byTenant = new Map<string, number[]>()
  values.forEach(({ tenant }, at) => {
    const same = byTenant.get(tenant)
    if (same === undefined) byTenant.set(tenant, [at])
    else same.push(at)
  })
  for (const [tenant, positions] of byTenant) {
    const leaves = positions.flatMap((at) => {
      const value = values[at]
      const field = value && fields.get(value.field)
      return field === undefined ? [] : [{ holder: sealed, key: at, field, tenant }]
    })
    try {
      await seal(leaves)
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      for (const at of positions) sealed[at] = error
    }
  }
  // Sealing leaves envelopes in these places.
  return sealed as (Stored | EnvelopeError)[]
}

/** The same field, whose values are plaintexts: writing a document anew might change what it holds. */
function verbatim(field: EncryptedField): EncryptedField {
  const { type } = field
  return { ...field, type: { ...type, encode: (value: unknown) => value as Plaintext } }
}
