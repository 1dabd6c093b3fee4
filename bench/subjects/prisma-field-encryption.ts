import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { getDMMF } from '@prisma/get-dmmf'
import { encryptedModels } from '../generated/encryption/index.js'
import { loadPeer, peerVersion } from './peers.js'
import type { SubjectPlan } from './subject.js'

interface PrismaFieldEncryption {
  fieldEncryptionExtension(config: { encryptionKey: string; dmmf: unknown }): ReturnTypeOfDefineExtension
}
/** A function of a client, as `Prisma.defineExtension` makes them. */
type ReturnTypeOfDefineExtension = Parameters<Parameters<SubjectPlan['extend']>[0]['$extends']>[0]

const NAME = 'prisma-field-encryption'

/** The other extension of this kind: AES-256-GCM under one key from the environment, no tenants and no KMS. */
export async function prismaFieldEncryption(): Promise<SubjectPlan> {
  const { fieldEncryptionExtension } = loadPeer(NAME) as PrismaFieldEncryption
  const encryptionKey = `k1.aesgcm256.${randomBytes(32).toString('base64url')}=`
  const dmmf = await annotatedDmmf()
  return {
    name: `${NAME} ${peerVersion(NAME)}`,
    encrypts: true,
    searchColumn: 'emailHash',
    extend: (plain) => ({ client: plain.$extends(fieldEncryptionExtension({ encryptionKey, dmmf })) }),
  }
}

/**
 * The whole data model with its annotations on the same fields as ours. Prisma 7's client has none for it to find.
 */
async function annotatedDmmf(): Promise<unknown> {
  const schema = readFileSync(new URL('../schema.prisma', import.meta.url), 'utf8')
  const dmmf = getDMMF({ datamodel: [['schema.prisma', schema]] })
  if (!('datamodel' in dmmf)) throw new Error('the schema of the benchmark does not parse')
  const { datamodel } = dmmf
  const fieldsOf = (model: string): Record<string, object> =>
    (encryptedModels.models as Record<string, { fields: Record<string, object> }>)[model]?.fields ?? {}
  const models = datamodel.models.map((model) => ({
    ...model,
    fields: model.fields.map(({ documentation: _ours, ...field }) => {
      if (field.name === 'emailHash') return { ...field, documentation: '@encryption:hash(email)' }
      return 'encrypted' in (fieldsOf(model.name)[field.name] ?? {}) ? { ...field, documentation: '@encrypted' } : field
    }),
  }))
  return { datamodel: { ...datamodel, models } }
}
