import { expect, test } from 'vitest'
import { authenticatedBytes } from '../../src/envelope/index.js'
import { authenticatedBytesOf } from '../../src/leaves/authenticated-bytes.js'
import type { EncryptedField } from '../../src/leaves/index.js'
import { valueTypes } from '../../src/values/index.js'

const field = (logicalField: string): EncryptedField => ({
  model: 'Patient',
  field: 'today',
  logicalModel: 'patient',
  logicalField,
  type: valueTypes.text,
  list: false,
})

test('the bytes are those of the field and the tenant, whichever were asked for before', () => {
  const [ssn, email] = [field('ssn'), field('email')]
  for (const tenant of ['acme', 'acme', 'globex', 'acme']) {
    for (const of of [ssn, email]) {
      const names = { tenant, model: 'patient', field: of.logicalField, valueType: of.type.name }
      expect(authenticatedBytesOf(of, tenant)).toEqual(authenticatedBytes(names))
    }
  }
})
