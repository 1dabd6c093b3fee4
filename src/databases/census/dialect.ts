import type { SweptColumn } from '../sweeping/swept-table.js'

type Form = SweptColumn['form']

/** What the databases write in different ways. All texts are compared byte by byte. */
export interface Dialect {
  placeholder(n: number): string
  quote(name: string): string
  tableName(table: { readonly table: string; readonly schema: string | undefined }): string
  /** The envelope behind a column's value: text, or bytes. */
  envelope(form: Form, value: string): string
  /** A part of it: characters, of bytes hexadecimal. */
  part(form: Form, envelope: string, from: number | string, length: number | string): string
  /** Characters, or bytes. */
  length(form: Form, envelope: string): string
  /** A part of a text. */
  sub(text: string, from: number, length: number | string): string
  textLength(text: string): string
  literal(text: string): string
  joined(...texts: string[]): string
  /** A text that is compared byte by byte. */
  bytewise(text: string): string
  /** A column's value as text. */
  asText(column: string): string
  hex(column: string): string
  /** What {@link partsOf} calls the data key, of the id in a row of the key table. */
  dataKey(form: Form, id: string): string
  /** The number that one character of base64 stands for. */
  sextet(character: string): string
  /** The number of one byte in hexadecimal. */
  byte(hex: string): string
  /** What ends a query whose columns are to be computed once, though those outside use them several times. */
  readonly fence: string
  /** Of how many bytes a section may be, to be ordered by all of them. */
  readonly longestSection: number
  /** Whether rows of a table are hidden from this user: one row, `hidden`. Left out where there is no such thing. */
  hides?(table: string): string
  /** Rows of a list's elements, each called `e`. */
  elements(column: string): string
}
