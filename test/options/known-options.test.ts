import { describe, expect, it } from 'vitest'
import { localKms } from '../../src/kms/local-kms/index.js'
import { refuseUnknownOptions } from '../../src/options/known-options.js'

const codeAndMessage = (message: string) => expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID', message })

describe('an option that the type does not have', () => {
  it('is refused by name, with those that there are', () => {
    const check = (options: object) => () => refuseUnknownOptions<{ a?: 1; b?: 2 }>('it', options, { a: true, b: true })
    expect(check({ a: 1, b: undefined })).not.toThrow()
    expect(check({ c: 1 })).toThrow(codeAndMessage('it: unknown option "c"; valid options are a, b.'))
    for (const name of ['toString', '__proto__']) {
      expect(check(JSON.parse(`{ "${name}": 1 }`))).toThrow(
        codeAndMessage(`it: unknown option "${name}"; valid options are a, b.`),
      )
    }
  })

  it('is refused by the embedded KMS, which would keep its keys in memory for `fle`', async () => {
    const misspelt = { fle: 'kms.json' } as object
    expect(() => localKms(misspelt)).toThrow(/localKms: unknown option "fle"; valid options are file,/)
    const kms = localKms()
    const key = { alais: 'alias/a', alias: 'alias/b' } as { alias: string }
    await expect(kms.createKey(key)).rejects.toThrow(/createKey: unknown option "alais"/)
    await expect(kms.ensureKey(key)).rejects.toThrow(/ensureKey: unknown option "alais"/)
    kms.close()
  })
})
