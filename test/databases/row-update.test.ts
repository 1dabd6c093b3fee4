import { describe, expect, it } from 'vitest'
import { canUpdate, type RowUpdate, updateStatement } from '../../src/databases/index.js'

const update: RowUpdate = {
  schema: 'clinic',
  table: 'pa"tients',
  key: [
    { column: 'org', value: 7 },
    { column: 'number', value: 8n },
  ],
  cells: [
    { column: 'email', json: false, before: 'pe1:old', after: 'pe1:new' },
    { column: 'notes', json: true, before: 'pe1:OLD', after: 'pe1:NEW' },
  ],
}

describe('the statement that rewraps a row', () => {
  it('compares and sets, and waits for no lock, on PostgreSQL', () => {
    expect(updateStatement('postgresql', update)).toEqual({
      sql:
        'UPDATE "clinic"."pa""tients" SET "email" = $1, "notes" = $2::jsonb WHERE ("org", "number") IN ' +
        '(SELECT "org", "number" FROM "clinic"."pa""tients" WHERE "org" = $3 AND "number" = $4 AND "email" = $5 ' +
        'AND "notes"::jsonb = $6::jsonb FOR NO KEY UPDATE SKIP LOCKED)',
      parameters: ['pe1:new', '"pe1:NEW"', 7, 8n, 'pe1:old', '"pe1:OLD"'],
    })
  })

  it('compares and sets on SQLite', () => {
    const { schema: _, ...local } = update
    expect(updateStatement('sqlite', { ...local, schema: undefined })).toEqual({
      sql: 'UPDATE "pa""tients" SET "email" = ?, "notes" = ? WHERE "org" = ? AND "number" = ? AND "email" = ? AND "notes" = ?',
      parameters: ['pe1:new', '"pe1:NEW"', 7, 8n, 'pe1:old', '"pe1:OLD"'],
    })
  })

  it('compares bytes and sets, and waits for no lock, on MySQL and MariaDB', () => {
    expect(updateStatement('mysql', { ...update, table: 'pa`tients' })).toEqual({
      sql:
        'UPDATE `clinic`.`pa``tients` JOIN (SELECT `org`, `number` FROM `clinic`.`pa``tients` WHERE `org` = ? AND ' +
        '`number` = ? AND CAST(`email` AS BINARY) = CAST(? AS BINARY) AND ' +
        'CAST(JSON_UNQUOTE(`notes`) AS BINARY) = CAST(? AS BINARY) LIMIT 1 FOR UPDATE SKIP LOCKED) AS free ' +
        'USING (`org`, `number`) SET `email` = ?, `notes` = ?',
      parameters: [7, 8n, 'pe1:old', 'pe1:OLD', 'pe1:new', '"pe1:NEW"'],
    })
  })

  it('does not exist for databases whose SQL it does not know', () => {
    expect(['postgresql', 'sqlite', 'cockroachdb', 'mysql', 'sqlserver', 'toString'].map(canUpdate)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ])
    expect(() => updateStatement('sqlserver', update)).toThrow('sqlserver')
  })
})
