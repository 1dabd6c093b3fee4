import { expect, test } from 'vitest'
import { placeBytes } from '../../src/envelope/index.js'
import type { EncryptedField } from '../../src/leaves/index.js'
import { placeBytesOf } from '../../src/leaves/place.js'
import { valueTypes } from '../../src/values/index.js'

const field = (logicalField: string): EncryptedField => ({
  model: 'Patient',
  field: 'today',
  logicalModel: 'patient',
  logicalField,
  type: valueTypes.text,
  list: false,
})

test('a place is that of the field and the tenant, whichever were asked for before', () => {
  const [ssn, email] = [field('ssn'), field('email')]
  for (const tenant of ['acme', 'acme', 'globex', 'acme']) {
    for (const of of [ssn, email]) {
      const place = { tenant, model: 'patient', field: of.logicalField, valueType: of.type.name }
      expect(placeBytesOf(of, tenant)).toEqual(placeBytes(place))
    }
  }
})
