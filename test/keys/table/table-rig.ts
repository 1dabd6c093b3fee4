import { expect, onTestFinished } from 'vitest'
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

/** Seals one message, as far as keys are concerned, and says under which data key. */
export async function seal(keys: Pick<DataKeys, 'forSealing'>, tenant = 'acme'): Promise<string> {
  const { key } = await keys.forSealing(tenant, [1])
  key.release()
  return key.id
}

/** Opens a value of the table that names this data key. */
export async function open(keys: Pick<DataKeys, 'forOpening'>, id: string, tenant = 'acme'): Promise<void> {
  const key = await keys.forOpening(id, tenant, undefined)
  expect(key.id).toBe(id)
  key.release()
}

/** Turns a row into a tombstone. */
export function erase({ rows }: Pick<TableRig, 'rows'>, id: string): void {
  const row = rows.stored.get(id)
  if (row === undefined) throw new Error('there is no such row')
  rows.stored.set(id, { ...row, section: Buffer.alloc(0) })
}
