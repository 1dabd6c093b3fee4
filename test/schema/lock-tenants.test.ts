import { describe, expect, it } from 'vitest'
import { parseLock, sameRecords, serializeLock } from '../../src/schema/lock/file.js'
import type { Lock } from '../../src/schema/lock/record.js'
import { compilePsl, refusals } from './compile-psl.js'

const shared = { sharedTenant: 'main' }

interface Parts {
  readonly above?: string
  readonly envelope?: string
  readonly column?: string
  readonly team?: string
  readonly name?: string
}

/** A recipient below an envelope below a team, each with the line under test. */
function company({ above = '', envelope = tenant, column = '', team = tenant, name = 'Recipient' }: Parts): string {
  return `model Team {
  id Int @id
  orgId String ${team}
  envelopes Envelope[]
  ${name === 'Recipient' ? '' : '/// '}recipients Recipient[]
}
model Envelope {
  id Int @id
  teamId Int
  team Team @relation(fields: [teamId], references: [id]) /// @encrypted.tenant
  subject String /// @encrypted
  recipients ${name}[]
}
${above}
model ${name} {
  id Int @id
  email String /// @encrypted(as: "Recipient.email")
  emailIndex Bytes? @unique /// @encrypted.index(email, as: "Recipient.emailIndex")
  envelopeId Int
  envelope Envelope @relation(fields: [envelopeId], references: [id]) ${envelope}
  orgId String ${column}
  teamId Int?
  ${name === 'Recipient' ? '' : '/// '}team Team? @relation(fields: [teamId], references: [id], onDelete: Cascade)
}`
}
const tenant = '/// @encrypted.tenant'
const bound = { above: '/// @encrypted.bound', envelope: '' }
const sharedRows = { above: '/// @encrypted.shared', envelope: '' }
const column = { envelope: '', column: tenant }

async function lockFor(blocks: string): Promise<Lock> {
  const { lock } = await compilePsl(blocks, shared)
  return parseLock(serializeLock(lock), 'x.json')
}

/** The lock file of a release that knew no choices, or of a schema without tenants. */
async function withoutChoice(blocks: string, model = 'Recipient'): Promise<Lock> {
  const lock = await lockFor(blocks)
  return { ...lock, models: new Map([...lock.models].map(([name, record]) => [name, name === model ? {} : record])) }
}

describe('the lock file', () => {
  it('keeps the choice of each model, and the name of the shared tenant', async () => {
    const blocks = `${company({})}\n/// @encrypted.shared\nmodel User {\n id Int @id\n name String /// @encrypted\n}\n/// @encrypted.bound\nmodel Setting {\n id Int @id\n value String /// @encrypted\n}`
    const { lock } = await compilePsl(blocks, shared)
    const text = serializeLock(lock)
    expect(text.slice(0, text.indexOf('  "fields"'))).toBe(`{
  "version": 2,
  "sharedTenant": "main",
  "models": {
    "Envelope": { "tenant": { "model": "Team", "through": [ "teamId" ] } },
    "Recipient": { "tenant": { "model": "Envelope", "through": [ "envelopeId" ] } },
    "Setting": { "tenant": "bound" },
    "Team": { "tenant": { "field": "orgId", "type": "text" } },
    "User": { "tenant": "shared" }
  },
`)
    expect(sameRecords(parseLock(text, 'x.json'), lock)).toBe(true)
    expect((await compilePsl(blocks, { ...shared, lock: parseLock(text, 'x.json') })).lock).toEqual(lock)
  })

  it.each([
    ['{"tenant": "own"}', 'later release: "own" as the tenant of A'],
    ['{"tenant": {"model": "B", "through": ["b"], "where": 1}}', '"where" of the tenant of A'],
    ['{"tenant": {"model": "B", "through": []}}', 'damaged: "through" of the tenant of A is not a list of columns'],
    ['{"tenant": {"model": "B", "through": [1]}}', 'damaged: "through" of the tenant of A is not a list of columns'],
    ['{"tenant": {"through": ["b"]}}', 'damaged: the tenant of A has no "model"'],
    ['{"tenant": {"field": "b", "column": 1, "type": "text"}}', 'damaged: "column" of the tenant of A is not a string'],
  ])('refuses %s', (record, message) => {
    expect(() => parseLock(`{"version": 2, "models": {"A": ${record}}, "fields": {}}`, 'x.json')).toThrow(message)
  })

  it('refuses a shared tenant that is no name', () => {
    const text = '{"version": 2, "sharedTenant": 7, "models": {}, "fields": {}}'
    expect(() => parseLock(text, 'x.json')).toThrow('damaged: "sharedTenant" is not a string')
  })
})

describe('a choice that is changed', () => {
  const choices = { relation: {}, column, shared: sharedRows, bound }
  const pairs = Object.keys(choices).flatMap((before) =>
    Object.keys(choices).map((now): [keyof typeof choices, keyof typeof choices] => [
      before as 'bound',
      now as 'bound',
    ]),
  )

  it.each(pairs)('from %s to %s', async (before, now) => {
    const lock = await lockFor(company(choices[before]))
    if (before === now) {
      await expect(compilePsl(company(choices[now]), { ...shared, lock })).resolves.toBeDefined()
      return
    }
    const lines = await refusals(company(choices[now]), { ...shared, lock })
    expect(lines).toHaveLength(1)
    // What has to be sealed again, and no more.
    expect(lines[0]).toContain('first seal every value of Recipient.email again')
    expect(lines[0]).toMatch(/^Recipient: .*Write `\/\/\/ @encrypted\.(tenant|shared|bound)`/)
    const [, line = ''] = /write `("Recipient": .*?)` for the line of Recipient/.exec(lines[0] ?? '') ?? []
    const accepted = parseLock(serializeLock(lock).replace(/"Recipient": .*?(?=,?\n)/, line), 'x.json')
    await expect(compilePsl(company(choices[now]), { ...shared, lock: accepted })).resolves.toBeDefined()
  })

  it.each(Object.keys(choices))('from none to %s', async (name) => {
    const choice = choices[name as 'bound']
    const lock = await withoutChoice(company(choice))
    if (name === 'bound') {
      await expect(compilePsl(company(choice), { ...shared, lock })).resolves.toBeDefined()
      return
    }
    expect(await refusals(company(choice), { ...shared, lock })).toEqual([
      expect.stringMatching(
        /^Recipient: it already had encrypted fields, each sealed for whichever tenant.*Write `\/\/\/ @encrypted\.bound` above.*seal every value of Recipient\.email again/,
      ),
    ])
  })

  it('that is gone is reported once', async () => {
    const lock = await lockFor(company({}))
    expect(await refusals(company({ envelope: '' }), { ...shared, lock })).toEqual([
      expect.stringMatching(
        /^Recipient: the lock file says that its rows are of the tenant of their Envelope.*gone.*Write `\/\/\/ @encrypted\.tenant` on the relation to Envelope over envelopeId again/,
      ),
    ])
  })

  it('of a model without encrypted fields is free while nothing gets its tenant from it', async () => {
    const plain = (choice: string, above = ''): string =>
      `${above}\nmodel Tag {\n id Int @id\n orgId String ${choice}\n}`
    const lock = await lockFor(plain(tenant))
    await expect(compilePsl(plain('', '/// @encrypted.shared'), { ...shared, lock })).resolves.toBeDefined()
    expect(await refusals(plain(''), { ...shared, lock })).toEqual([expect.stringContaining('no longer be limited')])
  })

  it('of a step names what is below it', async () => {
    const lock = await lockFor(company({}))
    const changed = company({ team: '/// @encrypted.tenant\n  other String' })
      .replace('orgId String /// @encrypted.tenant', 'orgId String')
      .replace('other String', 'other String /// @encrypted.tenant')
    expect(await refusals(changed, { ...shared, lock })).toEqual([
      expect.stringMatching(/^Team: .*seal every value of Envelope\.subject, Recipient\.email again/),
    ])
  })

  it('through the same column to another model', async () => {
    const lock = await lockFor(company({}))
    const changed = company({})
      .replace(/(envelope) Envelope( @relation\(fields: \[envelopeId\])/, '$1 Paper$2')
      .replace(
        '  recipients Recipient[]\n}\n\n',
        '}\nmodel Paper {\n id Int @id\n t String /// @encrypted.tenant\n recipients Recipient[]\n}\n\n',
      )
    expect(await refusals(changed, { ...shared, lock })).toEqual([
      expect.stringMatching(
        /^Recipient: .*tenant of their Envelope \(by envelopeId\), and now .*of their Paper \(by envelopeId\)/,
      ),
    ])
  })

  it('through another foreign key to the same model', async () => {
    const lock = await lockFor(company({}))
    const changed = company({ envelope: '' })
      .replace(
        'orgId String \n  teamId Int?',
        'orgId String\n  copyId Int\n  copy Envelope @relation("copies", fields: [copyId], references: [id]) /// @encrypted.tenant\n  teamId Int?',
      )
      .replace(
        'recipients Recipient[]\n}\n\n',
        'recipients Recipient[]\n  copies Recipient[] @relation("copies")\n}\n\n',
      )
    expect(await refusals(changed, { ...shared, lock })).toEqual([
      expect.stringMatching(/^Recipient: .*tenant of their Envelope \(by envelopeId\), and now .*\(by copyId\)/),
    ])
  })
})

describe('a rename is not a change of choice', () => {
  it.each([
    ['of the relation', company({}).replace('  envelope Envelope', '  document Envelope')],
    [
      'of the field of its foreign key',
      company({})
        .replace('envelopeId Int', 'docId Int @map("envelopeId")')
        .replace('fields: [envelopeId]', 'fields: [docId]'),
    ],
    ['of the model', company({ name: 'Signer' }).replace('model Signer {', 'model Signer {\n  @@map("Recipient")')],
    [
      'of the model that the relation refers to',
      company({})
        .replaceAll('Envelope', 'Paper')
        .replace('model Paper {', 'model Paper {\n  @@map("Envelope")')
        .replace('subject String /// @encrypted', 'subject String /// @encrypted(as: "Envelope.subject")'),
    ],
    [
      'of the field of a tenant column',
      company({}).replace('orgId String /// @encrypted.tenant', 'org String @map("orgId") /// @encrypted.tenant'),
    ],
  ])('%s', async (_, blocks) => {
    const lock = await lockFor(company({}))
    await expect(compilePsl(blocks, { ...shared, lock })).resolves.toBeDefined()
  })
})

describe('the name of the shared tenant', () => {
  const user = '/// @encrypted.shared\nmodel User {\n id Int @id\n name String /// @encrypted\n}'

  it('cannot change', async () => {
    const lock = await lockFor(user)
    expect(await refusals(user, { sharedTenant: 'all', lock })).toEqual([
      'generator: `sharedTenant` was "main", and is "all" now: every shared row is sealed for the previous name, and opens for no other. Write ' +
        '`sharedTenant = "main"` instead. To change it, first seal the shared rows again (docs/schema-changes.md), then write ' +
        '`"sharedTenant": "all"` into the lock file.',
    ])
  })

  it('stays recorded when nothing is shared any more', async () => {
    const plain = 'model Other {\n id Int @id\n}'
    const { lock } = await compilePsl(plain, { lock: await lockFor(user) })
    expect(lock.sharedTenant).toBe('main')
  })
})
