import type { ClassQuery, LeakingIndex, LeakingTable, OwnerRange } from '../../databases/index.js'
import type { EncryptedField, IndexField } from '../../leaves/index.js'
import type { CountRow } from '../census/count-tables.js'

/** What index columns show, by a database's statements. What lies above implements it, and hands it in. */
export interface LeakageTables {
  counts(
    table: LeakingTable,
    indexes: readonly LeakingIndex[],
    within: OwnerRange | undefined,
  ): Promise<readonly CountRow[]>
  classes(table: LeakingTable, indexes: readonly LeakingIndex[], query: ClassQuery): Promise<readonly CountRow[]>
  sample(
    table: LeakingTable,
    index: LeakingIndex,
    query: Omit<ClassQuery, 'byLength'>,
    most: number,
  ): Promise<readonly CountRow[]>
}

/** A model whose indexes are looked at. */
export interface LeakageTarget {
  readonly model: string
  readonly table: LeakingTable
  readonly indexes: readonly LeakageIndex[]
  /** The tenant that a row's owner stands for; `undefined` where nothing says so. */
  tenantOf(owner: string, named: () => string | undefined): string | undefined
}

export interface LeakageIndex extends LeakingIndex {
  readonly field: EncryptedField
  readonly index: IndexField
}
