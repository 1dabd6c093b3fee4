import { expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import type { ModelMap } from '../../src/schema/model-map.js'
import type { ValueTypeName } from '../../src/values/index.js'
import { encryptedModels } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, kms, plain } = await openStage()

const { id } = await acme.patient.create({ data: { email: 'ann', ssn: '123' } })

/** A client of the same database, for whose schema `ssn` is declared otherwise. */
function clientWith(change: { as?: string; type?: ValueTypeName }) {
  const { ssn } = encryptedModels.models.Patient.fields
  const { as = ssn.encrypted.as, type = ssn.encrypted.type } = change
  const fields = {
    ...encryptedModels.models.Patient.fields,
    ssn: { ...ssn, encrypted: { type, as } },
  }
  const models: ModelMap = {
    ...encryptedModels,
    models: { ...encryptedModels.models, Patient: { ...encryptedModels.models.Patient, fields } },
  }
  const client = plain.$extends(
    fieldEncryption({ models, app: 'test', kms: kms.provider, cmk: 'alias/tenant/acme', indexCmk: 'alias/index' }),
  )
  return client.$forTenant('acme')
}
const read = (change: Parameters<typeof clientWith>[0]) =>
  clientWith(change).patient.findUnique({ where: { id }, select: { ssn: true } })

test('an envelope opens under the frozen name that it was sealed under', async () => {
  expect(await read({})).toEqual({ ssn: '123' })
})

test.each<[string, Parameters<typeof clientWith>[0]]>([
  ['model', { as: 'Person.ssn' }],
  ['field', { as: 'Patient.taxId' }],
  ['type', { type: 'json' }],
])('it does not open under another %s', async (_what, change) => {
  expect(await refusal(read(change))).toMatchObject({
    code: 'ENVELOPE_AUTHENTICATION_FAILED',
    model: 'Patient',
    field: 'ssn',
  })
})
