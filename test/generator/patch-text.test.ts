import { describe, expect, it } from 'vitest'
import { helpers } from '../../src/generator/types-patch/helpers.js'
import { type BytesType, type Changes, patchText, unpatched } from '../../src/generator/types-patch/patch-text.js'
import type { ModelRestrictions } from '../../src/generator/types-patch/restrictions.js'
import type { ModelSelectors } from '../../src/generator/types-patch/selectors.js'
import { UnknownShape } from '../../src/generator/types-patch/unknown-shape.js'

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
const patched = `/* Patched by prisma-envelope (\`types = "patch"\`): encrypted fields are accepted where they can be answered, and nowhere else. */

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
${helpers}`

const widened = (selectors: readonly ModelSelectors[], bytes: BytesType): Changes => ({
  selectors,
  restricted: [],
  restrictions: new Map(),
  bytes,
})

/** As `prisma-client-js` writes it: indented, without the namespaces. */
const indented = written.replace(/^(?=.)/gm, '  ').replaceAll('runtime.Bytes', 'Bytes')

describe('patching the unique inputs of a client', () => {
  it('accepts a key that Prisma writes twice, for a field that is `@id @unique`', () => {
    const twice = (text: string) => text.replace('"id" | ', '"id" | "id" | ')
    expect(patchText(twice(written), widened([account], 'runtime.Bytes'))).toBe(twice(patched))
    expect(unpatched(twice(patched))).toBe(twice(written))
  })

  it('changes the first and last lines of the declarations alone', () => {
    expect(patchText(written, widened([account], 'runtime.Bytes'))).toBe(patched)
  })

  it('can be undone', () => {
    expect(unpatched(patched)).toBe(written)
    expect(unpatched(patchText(indented, widened([account], 'Bytes')))).toBe(indented)
  })

  it('of a patched file is the same file', () => {
    expect(patchText(patched, widened([account], 'runtime.Bytes'))).toBe(patched)
  })

  it('follows the schema where only we ran again', () => {
    const plain: ModelSelectors = { ...account, singles: [] }
    const text = patchText(patched, widened([plain], 'runtime.Bytes'))
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
    const refused = () => patchText(text, widened([account], 'runtime.Bytes'))
    expect(refused).toThrow(UnknownShape)
    expect(refused).toThrow(missing)
  })
})

const note: ModelRestrictions = {
  model: 'Note',
  fields: new Map([
    ['body', 'null'],
    ['mail', 'equality in any case'],
    ['meta', 'null document'],
    ['words', 'emptiness'],
  ]),
  computed: new Set(['mailIndex']),
}
const narrowed: Changes = {
  selectors: [],
  restricted: [note],
  restrictions: new Map([['Note', note]]),
  bytes: 'runtime.Bytes',
}

/** The declarations that Prisma writes of a model, and those that are expected after the patch. */
const declarations: [string, string][] = [
  ['export type NoteWhereInput = {', ''],
  ['  AND?: Prisma.NoteWhereInput | Prisma.NoteWhereInput[]', ''],
  ['  title?: Prisma.StringFilter<"Note"> | string', ''],
  [
    '  body?: Prisma.StringFilter<"Note"> | string',
    '  body?: PrismaEnvelopeNullCheck<Prisma.StringFilter<"Note">, string>',
  ],
  [
    '  mail?: Prisma.StringNullableFilter<"Note"> | string | null | runtime.Types.Skip',
    '  mail?: PrismaEnvelopeEquality<Prisma.StringNullableFilter<"Note">, string | null | runtime.Types.Skip, "mode">',
  ],
  ['  mailIndex?: Prisma.BytesFilter<"Note"> | runtime.Bytes', ''],
  [
    '  meta?: Prisma.JsonNullableFilter<"Note">',
    '  meta?: PrismaEnvelopeDocument<Prisma.JsonNullableFilter<"Note">, never>',
  ],
  [
    '  words?: Prisma.StringNullableListFilter<"Note">',
    '  words?: PrismaEnvelopeList<Prisma.StringNullableListFilter<"Note">, never>',
  ],
  ['}', ''],
  ['export type NoteOrderByWithRelationInput = {', ''],
  ['  title?: Prisma.SortOrder', ''],
  ['  body?: Prisma.SortOrder', '  body?: PrismaEnvelopeNone<Prisma.SortOrder>'],
  [
    '  mail?: Prisma.SortOrderInput | Prisma.SortOrder',
    '  mail?: PrismaEnvelopeNone<Prisma.SortOrderInput | Prisma.SortOrder>',
  ],
  ['  meta?: Prisma.SortOrder', '  meta?: PrismaEnvelopeNone<Prisma.SortOrder>'],
  ['  words?: Prisma.SortOrder', '  words?: PrismaEnvelopeNone<Prisma.SortOrder>'],
  ['}', ''],
  ['export type NoteOrderByWithAggregationInput = {', ''],
  ...['body', 'mail', 'meta', 'words'].map((field): [string, string] => [
    `  ${field}?: Prisma.SortOrder`,
    `  ${field}?: PrismaEnvelopeNone<Prisma.SortOrder>`,
  ]),
  ['  _max?: Prisma.NoteMaxOrderByAggregateInput', ''],
  ['}', ''],
  ['export type NoteScalarWhereWithAggregatesInput = {', ''],
  ...['body', 'mail', 'meta', 'words'].map((field): [string, string] => [
    `  ${field}?: Prisma.StringWithAggregatesFilter<"Note"> | string`,
    `  ${field}?: PrismaEnvelopeCount<Prisma.StringWithAggregatesFilter<"Note">, string>`,
  ]),
  ['}', ''],
  ['export type NoteMaxAggregateInputType = {', ''],
  ['  title?: true', ''],
  ['  body?: true', '  body?: PrismaEnvelopeNone<true>'],
  ['}', ''],
  ['export type NoteCountAggregateInputType = {', ''],
  ['  body?: true', ''],
  ['}', ''],
  ['export type NoteUncheckedCreateWithoutOwnerInput = {', ''],
  ['  body: string', ''],
  ['  mailIndex: runtime.Bytes', '  mailIndex?: PrismaEnvelopeComputed<runtime.Bytes>'],
  ['}', ''],
  ['export type OwnerNotesArgs = {', ''],
  [
    '  distinct?: Prisma.NoteScalarFieldEnum | Prisma.NoteScalarFieldEnum[]',
    '  distinct?: PrismaEnvelopePlain<Prisma.NoteScalarFieldEnum, "body" | "mail" | "meta" | "words"> | PrismaEnvelopePlain<Prisma.NoteScalarFieldEnum, "body" | "mail" | "meta" | "words">[]',
  ],
  ['  by: Prisma.OwnerScalarFieldEnum[] | Prisma.OwnerScalarFieldEnum', ''],
  ['}', ''],
]
const plainText = declarations.map(([line]) => line).join('\n')

describe('narrowing the types of encrypted fields', () => {
  const markLine = patched.split('\n')[0]

  it('keeps what can be answered, line by line', () => {
    const expected = declarations.map(([line, changed]) => changed || line).join('\n')
    expect(patchText(plainText, narrowed)).toBe(`${markLine}\n${expected}${helpers}`)
  })

  it('can be undone, and done again', () => {
    const text = patchText(plainText, narrowed)
    expect(unpatched(text)).toBe(plainText)
    expect(patchText(text, narrowed)).toBe(text)
  })

  it('does the same in a file of all models, indented and without namespaces', () => {
    const all = plainText.replace(/^(?=.)/gm, '  ').replaceAll('Prisma.', '')
    const text = patchText(all, narrowed)
    expect(text).toContain('    mail?: PrismaEnvelopeEquality<StringNullableFilter<"Note">, string | null')
    expect(text).toContain('    distinct?: PrismaEnvelopePlain<NoteScalarFieldEnum, "body"')
    expect(unpatched(text)).toBe(all)
  })

  it('knows which model a declaration is of where the name of one begins like another’s', () => {
    const request: ModelRestrictions = { ...note, model: 'NoteCreateRequest', computed: new Set() }
    const both: Changes = { ...narrowed, restricted: [note, request] }
    const requestText = plainText.replaceAll(/\bNote(?=[A-Z])/g, 'NoteCreateRequest')
    const text = patchText(`${plainText}\n${requestText}`, both)
    const filter = (model: string): string =>
      `export type ${model}WhereInput = {\n  AND?: Prisma.${model}WhereInput | Prisma.${model}WhereInput[]\n  title?: Prisma.StringFilter<"Note"> | string\n  body?: PrismaEnvelopeNullCheck<`
    expect(text).toContain(filter('Note'))
    expect(text).toContain(filter('NoteCreateRequest'))
  })

  it('leaves a file alone in which nothing is of an encrypted field', () => {
    const other = plainText.replaceAll('Note', 'Other')
    expect(patchText(other, { ...narrowed, restricted: [] })).toBe(other)
  })

  it.each<[string, (text: string) => string, string]>([
    ['no filter', (text) => text.replace('NoteWhereInput = {', 'NoteWhere = {'), '`NoteWhereInput`'],
    [
      'a field that is not there',
      (text) => text.replace('  body?: Prisma.StringFilter', '  text?: Prisma.StringFilter'),
      '`NoteWhereInput.body`',
    ],
    ['no order', (text) => text.replace('NoteOrderByWithRelationInput = {', 'NoteOrder = {'), 'NoteOrderByWith'],
    [
      'no order of groups',
      (text) => text.replace('OrderByWithAggregationInput = {', 'Order = {'),
      'NoteOrderByWithAgg',
    ],
    [
      'a field without order',
      (text) => text.replace('  words?: Prisma.SortOrder\n', ''),
      '`NoteOrderByWithRelationInput.words`',
    ],
    ['no groups', (text) => text.replace('ScalarWhereWithAggregatesInput = {', 'Having = {'), 'NoteScalarWhereWith'],
    [
      'another filter',
      (text) => text.replace('  body?: Prisma.StringFilter<"Note">', '  body?: Prisma.StringFilter<"Note", never>'),
      'the filter of `body`',
    ],
  ])('refuses what it does not know: %s', (_, change, missing) => {
    const text = change(plainText)
    expect(text).not.toBe(plainText)
    const refused = () => patchText(text, narrowed)
    expect(refused).toThrow(UnknownShape)
    expect(refused).toThrow(missing)
  })
})
