import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAnnotations } from '../../src/schema/annotations.js'

const names = (comment: string): string[] => parseAnnotations(comment).annotations.map(({ name }) => name)

describe('annotations are found', () => {
  it.each([
    ['alone', '@encrypted', ['encrypted']],
    ['amid prose', 'The e-mail address, @encrypted since 2024.', ['encrypted']],
    ['at the end of a sentence', 'This one is @encrypted.', ['encrypted']],
    ['in parentheses', 'A note (@encrypted).', ['encrypted']],
    ['on a later line', 'The number.\nSee the handbook.\n@encrypted', ['encrypted']],
    ['beside tags of other tools', '@zod.string.email() @encrypted @hidden', ['encrypted']],
    ['with prose in parentheses after a space', '@encrypted (the tenant may read it)', ['encrypted']],
    ['as the tenant', 'Who owns the row. @encrypted.tenant', ['encrypted.tenant']],
    ['as an index', '@encrypted.index(email)', ['encrypted.index']],
    ['with options over two lines', '@encrypted.index(email,\n  scope: global)', ['encrypted.index']],
    ['two on one field', '@encrypted @encrypted.tenant', ['encrypted', 'encrypted.tenant']],
  ])('%s', (_, comment, expected) => {
    expect(parseAnnotations(comment)).toMatchObject({ problems: [] })
    expect(names(comment)).toEqual(expected)
  })

  it('with all options of a field', () => {
    const [annotation] = parseAnnotations('@encrypted(as: "patient.ssn")').annotations
    expect(annotation).toEqual({ name: 'encrypted', at: 0, options: { as: 'patient.ssn' } })
  })

  it('with all options of an index', () => {
    const comment =
      'x @encrypted.index(email, normalize: [trim, lowercase,], scope: global, lowEntropy: accepted, as: "p.e",)'
    expect(parseAnnotations(comment).annotations).toEqual([
      {
        name: 'encrypted.index',
        at: 2,
        source: 'email',
        options: { normalize: ['trim', 'lowercase'], scope: 'global', lowEntropy: 'accepted', as: 'p.e' },
      },
    ])
  })
})

describe('text that is not an annotation is left alone', () => {
  it.each([
    ['an e-mail address', 'write to ann@encrypted.example or a.b+c@encrypted'],
    ['another tag', '@deprecated use email instead'],
    ['TSDoc tags', '@remarks text {@link Foo} @param x - y @internal'],
    ['tags of other generators', '@zod.string.min(3) @hidden @HideField() @TypeGraphQL.omit(output: true) @Field'],
    ['a longer word', 'stored @encryptedly, @encryptedAt'],
    ['an npm package', 'see @encrypted/core and node_modules/@encrypted'],
    ['a code span', 'the successor of `@encrypt`, see `@encrypted.index(x)`'],
    ['an escaped at-sign', 'not \\@encrypted'],
    ['words of another kind', '@encoded @described @excepted @scripted @index @tenant'],
    ['nothing', ''],
  ])('%s', (_, comment) => {
    expect(parseAnnotations(comment)).toEqual({ annotations: [], problems: [] })
  })
})

describe('a misspelt annotation is refused with what was meant', () => {
  it.each([
    ['@encrypt', '`@encrypted`'],
    ['@encypted', '`@encrypted`'],
    ['@encyrpted', '`@encrypted`'],
    ['@encryptd', '`@encrypted`'],
    ['@Encrypted', '`@encrypted`'],
    ['@ENCRYPTED', '`@encrypted`'],
    ['@encrypteds', '`@encrypted`'],
    ['@encryption', '`@encrypted`'],
    ['@encrypted.idx(email)', '`@encrypted.index(…)`'],
    ['@encrypted.Index(email)', '`@encrypted.index(…)`'],
    ['@encypted.index(email)', '`@encrypted.index(…)`'],
    ['@encryption:hash(email)', '`@encrypted.index(…)`'],
    ['@encrypted-index(email)', '`@encrypted.index(…)`'],
    ['@encryptedIndex(email)', '`@encrypted.index(…)`'],
    ['@encrypted_index(email)', '`@encrypted.index(…)`'],
    ['@encrypted.tennant', '`@encrypted.tenant`'],
    ['@encryptedTenant', '`@encrypted.tenant`'],
    ['@encrypted.share', '`@encrypted.shared`'],
    ['@encryptedShared', '`@encrypted.shared`'],
    ['@encrypted.Bound', '`@encrypted.bound`'],
    [
      '@encrypted.at.rest',
      '`@encrypted`, `@encrypted.index(…)`, `@encrypted.tenant`, `@encrypted.shared`, `@encrypted.bound`, `@encrypted.keys` or `@encrypted.keyCounts`',
    ],
  ])('%s', (comment, meant) => {
    const { annotations, problems } = parseAnnotations(comment)
    expect(annotations).toEqual([])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`is not an annotation. Write ${meant} instead.`)
  })
})

describe('what to write instead of what cannot be read', () => {
  it.each([
    ['@encrypted.index(phone, part: last(4', '@encrypted.index(phone, part: last(4))'],
    ['@encrypted.index(phone, part: last 4)', '@encrypted.index(phone, part: last(4))'],
    ['@encrypted.index(phone, part: last: 4)', '@encrypted.index(phone, part: last(4))'],
    ['@encrypted.index(phone, last: 6)', '@encrypted.index(phone, part: last(6))'],
    ['@encrypted.index(phone, last(4))', '@encrypted.index(phone, part: last(4))'],
    ['@encrypted.index(phone, domain)', '@encrypted.index(phone, part: domain)'],
    ['@encrypted.index(phone, part:)', '@encrypted.index(phone, part: first(3))'],
    ['@encrypted.index(phone part: last(4))', '@encrypted.index(phone, part: last(4))'],
    [
      '@encrypted.index(phone, part: last(4, normalize: [digits]) as it was',
      '@encrypted.index(phone, part: last(4), normalize: [digits])',
    ],
    ['@encrypted.index(phone, normalize: [trim, nfc)', '@encrypted.index(phone, normalize: [trim, nfc])'],
    ['@encrypted.index(phone, normalize: [lowercase, trim)', '@encrypted.index(phone, normalize: [lowercase, trim])'],
    ['@encrypted.index(phone, email)', '@encrypted.index(phone)'],
    ['@encrypted.index("phone")', '@encrypted.index(phone)'],
    ['@encrypted.index(phone', '@encrypted.index(phone)'],
    ['@encrypted.index(phone, sometimes: maybe)', '@encrypted.index(phone)'],
    ['@encrypted.index(part: first(3', '@encrypted.index(field, part: first(3))'],
    ['@encrypted(pad 16)', '@encrypted(pad: 16)'],
    ['@encrypted(pad = 8', '@encrypted(pad: 8)'],
    [
      '@encrypted(pad: none legacy: read, until: "2027-03-01")',
      '@encrypted(pad: none, legacy: read, until: "2027-03-01")',
    ],
    ['@encrypted(pad: 16 write: plain', '@encrypted(pad: 16, write: plain)'],
  ])('%s', (comment, instead) => {
    const { problems } = parseAnnotations(comment)
    expect(problems).toEqual([expect.stringContaining(` \`${instead}\` instead.`)])
    expect(parseAnnotations(instead).problems).toEqual([])
  })
})

describe('wrong options are refused', () => {
  it.each([
    [
      'unknown, naming those there are',
      '@encrypted(sometimes: maybe)',
      /no option `sometimes`.*Its options are: as, pad, links, legacy, until, write\. Write/,
    ],
    ['those of a later release', '@encrypted(bind: id)', /no option `bind`/],
    ['misspelt', '@encrypted.index(email, normalise: [trim])', /no option `normalise`.*Write `normalize` instead/],
    [
      'on the tenant',
      '@encrypted.tenant(as: "a.b")',
      /no option `as`.*Its options are: collation\. Write one of them, or `@encrypted\.tenant` instead/,
    ],
    ['inherited names', '@encrypted(constructor: x)', /no option `constructor`/],
    ['given twice', '@encrypted(as: "a.b", as: "a.b")', /option `as` .* is given twice.*Write it once/],
    [
      'an unquoted name',
      '@encrypted(as: patient.ssn)',
      /option `as` .*quoted name of two parts.*Write for example `as: "patient.ssn"`/,
    ],
    ['a name of one part', '@encrypted(as: "ssn")', /two parts/],
    ['a name of three parts', '@encrypted(as: "a.b.c")', /two parts/],
    ['a name with other characters', '@encrypted(as: "a.b-c")', /two parts/],
    ['a positional argument', '@encrypted(patient)', /does not accept "patient".*Write `@encrypted`/],
    [
      'an index without a source',
      '@encrypted.index',
      /does not name the encrypted field that it indexes.*Write `@encrypted\.index\(field\)`/,
    ],
    ['an index with empty parentheses', '@encrypted.index()', /does not name/],
    ['an index with two sources', '@encrypted.index(a, b)', /accepts only one field, but b .* is a second/],
    ['an index with a quoted source', '@encrypted.index("email")', /does not accept "email"/],
    [
      'an unknown scope',
      '@encrypted.index(a, scope: model)',
      /option `scope` .*must be the bare word tenant or global/,
    ],
    ['a quoted scope', '@encrypted.index(a, scope: "tenant")', /must be the bare word tenant or global/],
    [
      'lowEntropy of another value',
      '@encrypted.index(a, lowEntropy: true)',
      /must be the bare word accepted.*`lowEntropy: accepted`/,
    ],
    [
      'an unknown normalizer',
      '@encrypted.index(a, normalize: [upper])',
      /contains "upper", but must be a list of: trim, lowercase, nfc, nfkc, unaccent, digits/,
    ],
    ['a normalizer that is no list', '@encrypted.index(a, normalize: trim)', /must be a list of: trim/],
    ['a normalizer given twice', '@encrypted.index(a, normalize: [trim, trim])', /lists trim twice/],
    ['nfc and nfkc', '@encrypted.index(a, normalize: [nfc, nfkc])', /cannot have both nfc and nfkc/],
    [
      'digits and lowercase',
      '@encrypted.index(a, normalize: [lowercase, digits])',
      /cannot have both digits and lowercase/,
    ],
    ['digits and trim', '@encrypted.index(a, normalize: [trim, digits])', /cannot have both digits and trim/],
    ['the annotation twice', '@encrypted and @encrypted', /`@encrypted` .* is given twice/],
    ['an open parenthesis', '@encrypted(as: "a.b"', /cannot be read: the closing "\)" is missing/],
    ['an open text', '@encrypted(as: "a.b)', /a string without its closing "/],
    ['a missing comma', '@encrypted.index(a scope: tenant)', /found "scope", expected "," or "\)"/],
    ['typographic quotes', '@encrypted(as: “a.b”)', /found "“", expected a value/],
    ['a list in a list', '@encrypted.index(a, normalize: [[trim]])', /a list inside a list/],
    [
      'options after a space',
      '@encrypted (as: "a.b")',
      /a space before the parenthesis .*Write `@encrypted\(` instead/,
    ],
    ['options of another library', '@encrypted?mode=strict', /not the syntax for options.*Write `@encrypted` instead/],
  ])('%s', (_, comment, message) => {
    const { annotations, problems } = parseAnnotations(comment)
    expect(problems.join('\n')).toMatch(message)
    expect(problems).toHaveLength(1)
    expect(annotations.length).toBeLessThan(2)
  })

  it('with the place in a comment of several lines', () => {
    expect(parseAnnotations('The e-mail.\nIt is @encrypted(bind: id)').problems[0]).toContain(
      '(comment line 2, column 18)',
    )
    expect(parseAnnotations('@encrypted(bind: id)').problems[0]).toContain('(comment column 12)')
  })

  it('all at once', () => {
    expect(parseAnnotations('@encrypt @encrypted(a: b, c: d) @encrypted.idx').problems).toHaveLength(4)
  })
})

describe('for any comment', () => {
  const prose = fc
    .array(
      fc.constantFrom(
        'the',
        'e-mail',
        'ann@example.com',
        '@deprecated',
        '(sic)',
        '"quoted"',
        'a, b: c',
        '[x]',
        '\n',
        '-',
        'Ω',
      ),
    )
    .map((words) => words.join(' '))
  const part = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
  const as = fc.tuple(part, part).map(([a, b]) => `${a}.${b}`)
  const encrypted = fc.record({ as }, { requiredKeys: [] }).map((options) => ({ name: 'encrypted' as const, options }))
  const index = fc
    .record({
      source: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/),
      options: fc.record(
        {
          normalize: fc.constantFrom([], ['trim'], ['nfkc', 'lowercase'], ['digits']),
          scope: fc.constantFrom('tenant', 'global'),
          lowEntropy: fc.constant('accepted'),
          as,
        },
        { requiredKeys: [] },
      ),
    })
    .map((rest) => ({ name: 'encrypted.index' as const, ...rest }))
  const annotation = fc.oneof(encrypted, index, fc.constant({ name: 'encrypted.tenant' as const, options: {} }))

  const write = (value: { name: string; source?: string; options: object }, space: string): string => {
    const options = Object.entries(value.options).map(([option, given]: [string, unknown]) => {
      if (Array.isArray(given)) return `${option}:${space}[${given.join(`,${space}`)}]`
      return `${option}${space}:${space}${option === 'as' ? `"${given}"` : given}`
    })
    const args = [...(value.source === undefined ? [] : [value.source]), ...options]
    return args.length === 0 ? `@${value.name}` : `@${value.name}(${space}${args.join(`${space},${space}`)}${space})`
  }

  it('the parser throws nothing', () => {
    const pieces = fc.constantFrom(
      '@encrypted',
      '@encrypted.index(',
      '(',
      ')',
      '[',
      ']',
      ',',
      ':',
      '"',
      'as',
      ' ',
      '\n',
      '`',
      '@',
    )
    const soup = fc.array(fc.oneof(pieces, fc.string(), fc.string({ unit: 'binary' }))).map((all) => all.join(''))
    fc.assert(
      fc.property(soup, (comment) => {
        const { annotations, problems } = parseAnnotations(comment)
        for (const { at } of annotations) expect(comment[at]).toBe('@')
        for (const problem of problems) expect(problem).toMatch(/Write .*(instead|once)/s)
      }),
      { numRuns: 2000 },
    )
  })

  it('an annotation amid prose reads back as it was written', () => {
    fc.assert(
      fc.property(annotation, prose, prose, fc.constantFrom('', ' ', '\n  '), (value, before, after, space) => {
        const comment = `${before} ${write(value, space)} ${after}`
        const { annotations, problems } = parseAnnotations(comment)
        expect(problems).toEqual([])
        expect(annotations).toEqual([{ ...value, at: before.length + 1 }])
      }),
      { numRuns: 2000 },
    )
  })
})
