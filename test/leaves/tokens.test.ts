import { expect, test } from 'vitest'
import type { IndexField } from '../../src/leaves/index.js'
import { fillTokens, tokenLeaf } from '../../src/leaves/tokens.js'
import { equality } from '../../src/search/index.js'
import { valueTypes } from '../../src/values/index.js'
import { arn, keyError } from '../keys/scripted-kms.js'
import { codeOf, rig } from '../keys/using-keys.js'

const source = {
  model: 'Patient',
  field: 'email',
  logicalModel: 'Patient',
  logicalField: 'email',
  type: valueTypes.text,
  list: false,
}
const index: IndexField = {
  model: 'Patient',
  field: 'emailIndex',
  source,
  scope: 'tenant',
  unique: false,
  required: false,
  kind: equality,
  definition: { field: 'Patient.email', index: 'Patient.emailIndex', type: valueTypes.text, normalize: [] },
}

test('tokens of all tenants are waited for, also where one tenant’s key cannot be obtained: nothing is written after that', async () => {
  const { keys, kms } = rig({ indexCmk: (tenant) => `alias/index-${tenant}` })
  kms.generateMac = async ({ keyId }) => {
    if (keyId === 'alias/index-acme') throw keyError('ENVELOPE_KMS_DISABLED')
    await new Promise((resolve) => setTimeout(resolve, 20))
    return { mac: new Uint8Array(32).fill(7), cmkArn: arn('alias-index-globex') }
  }
  const rows = ['acme', 'globex'].map((tenant) => ({ tenant, emailIndex: undefined }))
  const leaves = rows.flatMap((row) => tokenLeaf(index, row.tenant, row, 'emailIndex', 'ann') ?? [])
  expect(await codeOf(async () => fillTokens(leaves, keys.index ?? expect.fail()))).toBe('ENVELOPE_KMS_DISABLED')
  expect(rows.map((row) => typeof row.emailIndex)).toEqual(['undefined', 'object'])
  keys.close()
})
