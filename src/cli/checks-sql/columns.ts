import type { ModelMap } from '../../schema/model-map.js'

/** What a column may hold besides NULL: an envelope in one of its forms, or the token of an index. */
export type Content = Envelope | 'token'

export type Envelope = 'text' | 'json' | 'bytes'

/** A column that takes nothing else. Names are the database's, as they are, unquoted. */
export interface CheckedColumn {
  readonly schema: string | undefined
  readonly table: string
  readonly column: string
  readonly content: Content
  /** An array of such values. */
  readonly list: boolean
}

const contents: Readonly<Record<string, Envelope>> = { String: 'text', Json: 'json', Bytes: 'bytes' }

/** The encrypted columns and index columns, in the order of the schema. */
export function checkedColumns(map: ModelMap): CheckedColumn[] {
  return Object.values(map.models).flatMap(({ schema, table, fields }) =>
    Object.values(fields).flatMap((field) => {
      if (field.kind !== 'scalar') return []
      const content = field.index !== undefined ? 'token' : field.encrypted && contents[field.type]
      return content === undefined ? [] : [{ schema, table, column: field.column, content, list: field.list === true }]
    }),
  )
}
