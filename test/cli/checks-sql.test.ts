import { describe, expect, it } from 'vitest'
import { checksSql } from '../../src/cli/checks-sql.js'
import { constraintName } from '../../src/databases/constraint-name.js'
import type { ModelMap, ScalarEntry } from '../../src/schema/model-map.js'
import type { ValueTypeName } from '../../src/values/index.js'

const scalar = (type: string, column: string, more: Partial<ScalarEntry> = {}): ScalarEntry => ({
  kind: 'scalar',
  type,
  column,
  ...more,
})
const encrypted = (name: string, type: ValueTypeName = 'text') => ({ encrypted: { type, as: `Patient.${name}` } })

/** One column of each kind, among others; mapped names. */
const map = (provider: string, schema?: string): ModelMap => ({
  version: 2,
  provider,
  models: {
    Patient: {
      table: 'patients',
      ...(schema === undefined ? {} : { schema }),
      key: ['id'],
      compounds: {},
      fields: {
        id: scalar('Int', 'id', { unique: true }),
        email: scalar('String', 'e_mail', encrypted('email')),
        emailIndex: scalar('Bytes', 'e_mail_index', {
          optional: true,
          index: { kind: 'equality', source: 'email', normalize: [], scope: 'tenant', as: 'Patient.emailIndex' },
        }),
        notes: scalar('Json', 'notes', { optional: true, ...encrypted('notes', 'json') }),
        photo: scalar('Bytes', 'photo', encrypted('photo', 'bytes')),
        parent: { kind: 'relation', model: 'Patient', opposite: 'children' },
      },
    },
    Clinic: { table: 'clinics', key: ['id'], compounds: {}, fields: { id: scalar('Int', 'id') } },
  },
})

/** What is printed, without the header. */
const body = (sql: string): string => sql.slice(sql.indexOf('\n\n') + 2)

const postgresql = String.raw`ALTER TABLE "app"."patients" ADD CONSTRAINT "pe1_patients_e_mail_045ecccd437e"
  CHECK ("e_mail" IS NULL OR ("e_mail" LIKE 'pe1:%')) NOT VALID;
-- ALTER TABLE "app"."patients" VALIDATE CONSTRAINT "pe1_patients_e_mail_045ecccd437e";

ALTER TABLE "app"."patients" ADD CONSTRAINT "pe1_patients_e_mail_index_fb65d349edb7"
  CHECK ("e_mail_index" IS NULL OR (octet_length("e_mail_index") = 16)) NOT VALID;
-- ALTER TABLE "app"."patients" VALIDATE CONSTRAINT "pe1_patients_e_mail_index_fb65d349edb7";

ALTER TABLE "app"."patients" ADD CONSTRAINT "pe1_patients_notes_919b2950b1f4"
  CHECK ("notes" IS NULL OR (jsonb_typeof("notes"::jsonb) = 'string' AND "notes" #>> '{}' LIKE 'pe1:%')) NOT VALID;
-- ALTER TABLE "app"."patients" VALIDATE CONSTRAINT "pe1_patients_notes_919b2950b1f4";

ALTER TABLE "app"."patients" ADD CONSTRAINT "pe1_patients_photo_6a17fd0923dd"
  CHECK ("photo" IS NULL OR (octet_length("photo") >= 46 AND substring("photo", 1, 2) IN ('\x1100'::bytea, '\x1101'::bytea, '\x1200'::bytea, '\x1201'::bytea))) NOT VALID;
-- ALTER TABLE "app"."patients" VALIDATE CONSTRAINT "pe1_patients_photo_6a17fd0923dd";
`

const mysql = `ALTER TABLE \`patients\` ADD CONSTRAINT \`pe1_patients_e_mail_81eefd521809\`
  CHECK (\`e_mail\` IS NULL OR (CAST(LEFT(\`e_mail\`, 4) AS BINARY) = 'pe1:'));

ALTER TABLE \`patients\` ADD CONSTRAINT \`pe1_patients_e_mail_index_eea64474343c\`
  CHECK (\`e_mail_index\` IS NULL OR (LENGTH(\`e_mail_index\`) = 16));

ALTER TABLE \`patients\` ADD CONSTRAINT \`pe1_patients_notes_b5032e6d375a\`
  CHECK (\`notes\` IS NULL OR (JSON_TYPE(\`notes\`) <=> 'STRING' AND CAST(LEFT(JSON_UNQUOTE(\`notes\`), 4) AS BINARY) = 'pe1:'));

ALTER TABLE \`patients\` ADD CONSTRAINT \`pe1_patients_photo_9e00f6a3d37e\`
  CHECK (\`photo\` IS NULL OR (LENGTH(\`photo\`) >= 46 AND SUBSTRING(\`photo\`, 1, 2) IN (0x1100, 0x1101, 0x1200, 0x1201)));
`

const sqlserver = `ALTER TABLE [app].[patients] WITH NOCHECK ADD CONSTRAINT [pe1_patients_e_mail_045ecccd437e]
  CHECK ([e_mail] IS NULL OR ([e_mail] COLLATE Latin1_General_BIN2 LIKE 'pe1:%'));
-- ALTER TABLE [app].[patients] WITH CHECK CHECK CONSTRAINT [pe1_patients_e_mail_045ecccd437e];

ALTER TABLE [app].[patients] WITH NOCHECK ADD CONSTRAINT [pe1_patients_e_mail_index_fb65d349edb7]
  CHECK ([e_mail_index] IS NULL OR (DATALENGTH([e_mail_index]) = 16));
-- ALTER TABLE [app].[patients] WITH CHECK CHECK CONSTRAINT [pe1_patients_e_mail_index_fb65d349edb7];

ALTER TABLE [app].[patients] WITH NOCHECK ADD CONSTRAINT [pe1_patients_notes_919b2950b1f4]
  CHECK ([notes] IS NULL OR ([notes] COLLATE Latin1_General_BIN2 LIKE '"pe1:%'));
-- ALTER TABLE [app].[patients] WITH CHECK CHECK CONSTRAINT [pe1_patients_notes_919b2950b1f4];

ALTER TABLE [app].[patients] WITH NOCHECK ADD CONSTRAINT [pe1_patients_photo_6a17fd0923dd]
  CHECK ([photo] IS NULL OR (DATALENGTH([photo]) >= 46 AND SUBSTRING([photo], 1, 2) IN (0x1100, 0x1101, 0x1200, 0x1201)));
-- ALTER TABLE [app].[patients] WITH CHECK CHECK CONSTRAINT [pe1_patients_photo_6a17fd0923dd];
`

const sqlite = `DROP TRIGGER IF EXISTS "pe1_patients_e_mail_81eefd521809_insert";
CREATE TRIGGER "pe1_patients_e_mail_81eefd521809_insert" BEFORE INSERT ON "patients"
  WHEN NOT (NEW."e_mail" IS NULL OR (typeof(NEW."e_mail") = 'text' AND NEW."e_mail" GLOB 'pe1:*'))
BEGIN
  SELECT RAISE(ABORT, 'patients.e_mail accepts only values that prisma-envelope wrote');
END;

DROP TRIGGER IF EXISTS "pe1_patients_e_mail_81eefd521809_update";
CREATE TRIGGER "pe1_patients_e_mail_81eefd521809_update" BEFORE UPDATE OF "e_mail" ON "patients"
  WHEN NOT (NEW."e_mail" IS NULL OR (typeof(NEW."e_mail") = 'text' AND NEW."e_mail" GLOB 'pe1:*'))
BEGIN
  SELECT RAISE(ABORT, 'patients.e_mail accepts only values that prisma-envelope wrote');
END;

DROP TRIGGER IF EXISTS "pe1_patients_e_mail_index_eea64474343c_insert";
CREATE TRIGGER "pe1_patients_e_mail_index_eea64474343c_insert" BEFORE INSERT ON "patients"
  WHEN NOT (NEW."e_mail_index" IS NULL OR (typeof(NEW."e_mail_index") = 'blob' AND length(NEW."e_mail_index") = 16))
BEGIN
  SELECT RAISE(ABORT, 'patients.e_mail_index accepts only values that prisma-envelope wrote');
END;

DROP TRIGGER IF EXISTS "pe1_patients_e_mail_index_eea64474343c_update";
CREATE TRIGGER "pe1_patients_e_mail_index_eea64474343c_update" BEFORE UPDATE OF "e_mail_index" ON "patients"
  WHEN NOT (NEW."e_mail_index" IS NULL OR (typeof(NEW."e_mail_index") = 'blob' AND length(NEW."e_mail_index") = 16))
BEGIN
  SELECT RAISE(ABORT, 'patients.e_mail_index accepts only values that prisma-envelope wrote');
END;

DROP TRIGGER IF EXISTS "pe1_patients_notes_b5032e6d375a_insert";
CREATE TRIGGER "pe1_patients_notes_b5032e6d375a_insert" BEFORE INSERT ON "patients"
  WHEN NOT (NEW."notes" IS NULL OR (CASE WHEN json_valid(NEW."notes") THEN json_type(NEW."notes") = 'text' AND json_extract(NEW."notes", '$') GLOB 'pe1:*' ELSE 0 END))
BEGIN
  SELECT RAISE(ABORT, 'patients.notes accepts only values that prisma-envelope wrote');
END;

DROP TRIGGER IF EXISTS "pe1_patients_notes_b5032e6d375a_update";
CREATE TRIGGER "pe1_patients_notes_b5032e6d375a_update" BEFORE UPDATE OF "notes" ON "patients"
  WHEN NOT (NEW."notes" IS NULL OR (CASE WHEN json_valid(NEW."notes") THEN json_type(NEW."notes") = 'text' AND json_extract(NEW."notes", '$') GLOB 'pe1:*' ELSE 0 END))
BEGIN
  SELECT RAISE(ABORT, 'patients.notes accepts only values that prisma-envelope wrote');
END;

DROP TRIGGER IF EXISTS "pe1_patients_photo_9e00f6a3d37e_insert";
CREATE TRIGGER "pe1_patients_photo_9e00f6a3d37e_insert" BEFORE INSERT ON "patients"
  WHEN NOT (NEW."photo" IS NULL OR (typeof(NEW."photo") = 'blob' AND length(NEW."photo") >= 46 AND substr(NEW."photo", 1, 2) IN (x'1100', x'1101', x'1200', x'1201')))
BEGIN
  SELECT RAISE(ABORT, 'patients.photo accepts only values that prisma-envelope wrote');
END;

DROP TRIGGER IF EXISTS "pe1_patients_photo_9e00f6a3d37e_update";
CREATE TRIGGER "pe1_patients_photo_9e00f6a3d37e_update" BEFORE UPDATE OF "photo" ON "patients"
  WHEN NOT (NEW."photo" IS NULL OR (typeof(NEW."photo") = 'blob' AND length(NEW."photo") >= 46 AND substr(NEW."photo", 1, 2) IN (x'1100', x'1101', x'1200', x'1201')))
BEGIN
  SELECT RAISE(ABORT, 'patients.photo accepts only values that prisma-envelope wrote');
END;
`

describe('the CHECK constraints', () => {
  it.each([
    ['postgresql', 'app', postgresql],
    ['cockroachdb', 'app', postgresql],
    ['mysql', undefined, mysql],
    ['sqlserver', 'app', sqlserver],
    ['sqlite', undefined, sqlite],
  ])('of %s', (provider, schema, expected) => {
    expect(body(checksSql(map(provider, schema)))).toBe(expected)
  })

  it.each([
    ['postgresql', '"a ""b"""', `"a 'b]\``],
    ['mysql', '`a "b"`', "`a 'b]```"],
    ['sqlserver', '[a "b"]', "[a 'b]]`]"],
    ['sqlite', '"a ""b"""', `"a 'b]\``],
  ])('quote any name on %s', (provider, table, column) => {
    const fields = { note: scalar('String', "a 'b]`", encrypted('note')) }
    const sql = checksSql({
      version: 2,
      provider,
      models: { Patient: { table: 'a "b"', key: [], compounds: {}, fields } },
    })
    expect(sql).toContain(provider === 'sqlite' ? ` ON ${table}\n` : `ALTER TABLE ${table} `)
    expect(sql).toContain(column)
    if (provider === 'sqlite') expect(sql).toContain(`RAISE(ABORT, 'a "b".a ''b]\` accepts only values`)
  })

  it('begin with what they are and how to apply them, in comments', () => {
    for (const provider of ['postgresql', 'cockroachdb', 'mysql', 'sqlserver', 'sqlite']) {
      const sql = checksSql(map(provider))
      const header = sql.slice(0, sql.indexOf('\n\n')).split('\n')
      expect(header[0]).toBe(`-- Written by \`prisma-envelope sql --checks\`, for ${provider}.`)
      expect(header.join('\n')).toContain('prisma migrate dev --create-only')
      expect(header.filter((line) => !line.startsWith('--') || line.length > 120)).toEqual([])
    }
  })

  it('are the same in every run', () => {
    expect(checksSql(map('postgresql'))).toBe(checksSql(map('postgresql')))
  })

  it('are empty if nothing is encrypted', () => {
    const { Clinic } = map('sqlite').models
    const sql = checksSql({ version: 2, provider: 'sqlite', models: Clinic === undefined ? {} : { Clinic } })
    expect(sql).toContain('there is nothing to check')
    expect(sql.split('\n').filter((line) => line !== '' && !line.startsWith('--'))).toEqual([])
  })

  it('are refused for an unknown database', () => {
    expect(() => checksSql(map('mongodb'))).toThrow('for the database "mongodb"')
  })
})

describe('the name of a constraint', () => {
  const name = (table: string, column: string, schema?: string): string =>
    constraintName({ schema, table, column }, '_insert')

  it('has at most 63 bytes, whatever the names', () => {
    for (const length of [1, 20, 40, 63, 200]) {
      for (const letter of ['x', 'é', '\u{1f600}']) {
        const made = name(letter.repeat(length), letter.repeat(length))
        expect(Buffer.byteLength(made)).toBeLessThanOrEqual(63)
        expect(made).toMatch(/^pe1_\w+_[0-9a-f]{12}_insert$/)
      }
    }
  })

  it('differs where the column does', () => {
    const long = 'x'.repeat(60)
    const made = [
      name('a_b', 'c'),
      name('a', 'b_c'),
      name('A', 'b_c'),
      name('a', 'b_c', 's'),
      name('a', 'b_c', ''),
      name('a', 'b c'),
      name(long, 'a'),
      name(long, 'b'),
      name('é', 'a'),
      name('ê', 'a'),
    ]
    expect(new Set(made.map((one) => one.toLowerCase())).size).toBe(made.length)
  })

  it('leaves out columns that may hold plaintext, keeps their indexes, and names them', () => {
    for (const more of [{ legacy: { until: '2027-03-01' } }, { write: 'plain' as const }]) {
      const whole = map('postgresql')
      const fields = { ...whole.models.Patient?.fields }
      fields.email = scalar('String', 'e_mail', { encrypted: { type: 'text', as: 'Patient.email', ...more } })
      const sql = checksSql({
        ...whole,
        models: { Patient: { table: 'patients', key: ['id'], compounds: {}, fields } },
      })
      expect(sql).not.toContain('"e_mail" ')
      expect(sql).toContain('"e_mail_index"')
      expect(sql).toMatch(/Left out.*\n-- {3}patients\.e_mail\n/)
      const only = { Patient: { table: 'patients', key: ['id'], compounds: {}, fields: { email: fields.email } } }
      expect(checksSql({ ...whole, models: only })).toMatch(/can be checked yet/)
    }
  })
})
