import type { SweptColumn } from '../../databases/index.js'
import type { Stored } from '../../envelope/index.js'

/** One value of a column; of a list, one element. */
export interface Element {
  /** As it was read: text, JSON text, or hexadecimal. `null` for NULL in a list. */
  readonly text: string | null
  /** What could be an envelope: a text, the text of a JSON string, or bytes. */
  readonly stored: Stored | undefined
}

/** The values that a column holds; none where it is NULL. */
export function elementsOf(column: SweptColumn, text: string | null): Element[] {
  if (text === null) return []
  if (!column.list) return [elementOf(column, text)]
  // The database has made a JSON array of texts of it.
  return (JSON.parse(text) as (string | null)[]).map((element) => elementOf(column, element))
}

function elementOf({ form }: SweptColumn, text: string | null): Element {
  if (text === null) return { text, stored: undefined }
  if (form === 'text') return { text, stored: text }
  if (form === 'bytes') return { text, stored: Uint8Array.from(Buffer.from(text, 'hex')) }
  return { text, stored: jsonString(text) }
}

/** The text of a JSON string; nothing for any other document. */
function jsonString(text: string): string | undefined {
  if (!text.startsWith('"')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** An envelope as its column holds it. */
export function textOfEnvelope({ form }: SweptColumn, envelope: Stored): string {
  if (typeof envelope !== 'string') return Buffer.from(envelope).toString('hex')
  return form === 'json' ? JSON.stringify(envelope) : envelope
}

/** The whole of a column with these elements. */
export function columnText(column: SweptColumn, elements: readonly (string | null)[]): string {
  return column.list ? JSON.stringify(elements) : (elements[0] ?? '')
}
