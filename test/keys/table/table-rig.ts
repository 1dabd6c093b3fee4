import { onTestFinished } from 'vitest'
import type { DataKeys, DataKeysOptions } from '../../../src/keys/index.js'
import { type Rig, rig } from '../using-keys.js'
import { type RowsInMemory, rowsInMemory } from './rows-in-memory.js'

export interface TableRig extends Rig {
  readonly rows: RowsInMemory
}

/** Processes over one KMS and one key table. They are closed when the test ends. */
export function tableRig(options: Partial<DataKeysOptions> = {}): TableRig {
  const at = rig(options)
  const rows = rowsInMemory()
  const another = (more?: Partial<DataKeysOptions>): DataKeys => {
    const keys = at.another(more)
    onTestFinished(() => keys.close())
    keys.useTable(rows)
    return keys
  }
  return { ...at, rows, keys: another(), another }
}
