import { describe, expect, it } from 'vitest'
import { patchText, UnknownShape, unpatched } from '../../src/generator/types-patch/patch-text.js'
import type { ModelSelectors } from '../../src/generator/types-patch/selectors.js'

const account: ModelSelectors = {
  model: 'Account',
  keys: ['id', 'emailIndex', 'orgId_ibanIndex'],
  singles: [{ index: 'emailIndex', source: 'email', sourceType: 'String' }],
  compounds: [
    {
      name: 'orgId_ibanIndex',
      fields: ['orgId', 'ibanIndex'],
      selectors: [{ index: 'ibanIndex', source: 'iban', sourceType: 'String' }],
    },
  ],
}

const written = `
import type * as runtime from "@prisma/client/runtime/client"

export type AccountWhereInput = {
  id?: Prisma.StringFilter<"Account"> | string
}

export type AccountWhereUniqueInput = Prisma.AtLeast<{
  id?: string
  emailIndex?: runtime.Bytes
  orgId_ibanIndex?: Prisma.AccountOrgIdIbanIndexCompoundUniqueInput
  email?: Prisma.StringNullableFilter<"Account"> | string | null
}, "id" | "emailIndex" | "orgId_ibanIndex">

export type AccountOrgIdIbanIndexCompoundUniqueInput = {
  orgId: number
  ibanIndex: runtime.Bytes
}
`

/** Written by hand. */
const patched = `/* Patched by prisma-envelope (\`types = "patch"\`): unique inputs take an encrypted field in place of its index column. */

import type * as runtime from "@prisma/client/runtime/client"

export type AccountWhereInput = {
  id?: Prisma.StringFilter<"Account"> | string
}

export type AccountWhereUniqueInput = PrismaEnvelopeUnique<{
  id?: string
  emailIndex?: runtime.Bytes
  orgId_ibanIndex?: Prisma.AccountOrgIdIbanIndexCompoundUniqueInput
  email?: Prisma.StringNullableFilter<"Account"> | string | null
}, "id" | "emailIndex" | "orgId_ibanIndex", { email: string }>

export type AccountOrgIdIbanIndexCompoundUniqueInput = PrismaEnvelopeCompound<{
  orgId: number
  ibanIndex: runtime.Bytes
}, { iban: string }, "ibanIndex">

/** Prisma's unique input, or one that has a field of S, which Prisma takes for a filter only. */
type PrismaEnvelopeUnique<O extends object, K extends string, S extends object> =
  | Prisma.AtLeast<O, K>
  | { [F in keyof S]: O & Pick<S, F> }[keyof S]

/** Prisma's compound key, or one that has S where that has the index column I. */
type PrismaEnvelopeCompound<O, S extends object, I extends string> = O extends unknown
  ? (O & { [F in keyof S]?: never }) | (Omit<O, I> & S & { [F in I]?: never })
  : never
`

/** As `prisma-client-js` writes it: indented, without the namespaces. */
const indented = written.replace(/^(?=.)/gm, '  ').replaceAll('runtime.Bytes', 'Bytes')

describe('patching the unique inputs of a client', () => {
  it('accepts a key that Prisma writes twice, for a field that is `@id @unique`', () => {
    const twice = (text: string) => text.replace('"id" | ', '"id" | "id" | ')
    expect(patchText(twice(written), [account], 'runtime.Bytes')).toBe(twice(patched))
    expect(unpatched(twice(patched))).toBe(twice(written))
  })

  it('changes the first and last lines of the declarations alone', () => {
    expect(patchText(written, [account], 'runtime.Bytes')).toBe(patched)
  })

  it('can be undone', () => {
    expect(unpatched(patched)).toBe(written)
    expect(unpatched(patchText(indented, [account], 'Bytes'))).toBe(indented)
  })

  it('of a patched file is the same file', () => {
    expect(patchText(patched, [account], 'runtime.Bytes')).toBe(patched)
  })

  it('follows the schema where only we ran again', () => {
    const plain: ModelSelectors = { ...account, singles: [] }
    const text = patchText(patched, [plain], 'runtime.Bytes')
    expect(text).toContain('}, "id" | "emailIndex" | "orgId_ibanIndex">\n')
    expect(text).toContain('}, { iban: string }, "ibanIndex">\n')
  })

  it('leaves the text of a file alone that nobody patched', () => {
    expect(unpatched(written)).toBe(written)
    expect(unpatched(patched.slice(1))).toBe(patched.slice(1))
  })

  it.each<[string, (text: string) => string, string]>([
    ['no declaration', (text) => text.replace('WhereUniqueInput =', 'WhereUnique ='), 'one `export type AccountWhereU'],
    ['two of them', (text) => text + text, 'one `export type AccountWhereUniqueInput = Prisma.AtLeast<{`'],
    ['another head', (text) => text.replace('Prisma.AtLeast<{', 'Prisma.OneOf<{'), 'one `export type AccountWhereU'],
    ['another end', (text) => text.replace('}, "id" | "', '}, Keys | "'), 'the end of `AccountWhereUniqueInput`'],
    ['no end', (text) => text.slice(0, text.indexOf('}, "id"')), 'the end of `AccountWhereUniqueInput`'],
    ['other keys', (text) => text.replace('"id" | ', ''), 'with the keys id, emailIndex, orgId_ibanIndex'],
    [
      'a field of two lines',
      (text) => text.replace('"Account"> | string |', '"Account">\n    | string |'),
      'one field per',
    ],
    ['no such field', (text) => text.replace('  email?', '  mail?'), '`AccountWhereUniqueInput.email`'],
    ['another type', (text) => text.replace('| string | null', '| number'), 'with the type `string`'],
    ['other bytes', (text) => text.replaceAll('runtime.Bytes', 'Buffer'), '`AccountWhereUniqueInput.emailIndex`'],
    ['an inline compound', (text) => text.replace(/Prisma\.AccountOrg.*/, '{ orgId: number }'), '`AccountWhereUni'],
    [
      'no compound',
      (text) => text.replace('CompoundUniqueInput =', 'Input ='),
      'AccountOrgIdIbanIndexCompoundUniqueInp',
    ],
    ['another compound', (text) => text.replace('  orgId: ', '  org: '), 'with the fields orgId, ibanIndex'],
    ['a field too many', (text) => text.replace('  orgId: ', '  x: 1\n  orgId: '), 'with the fields orgId, ibanIndex'],
  ])('refuses what it does not know: %s', (_, change, missing) => {
    const text = change(written)
    expect(text).not.toBe(written)
    const refused = () => patchText(text, [account], 'runtime.Bytes')
    expect(refused).toThrow(UnknownShape)
    expect(refused).toThrow(missing)
  })
})
