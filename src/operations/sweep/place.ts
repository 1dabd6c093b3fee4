import type { Beginning, SweptColumn } from '../../databases/index.js'

/** Where envelopes begin alike: their column, and the beginning in its form. */
export interface Place {
  readonly column: SweptColumn
  readonly beginning: Beginning
}
