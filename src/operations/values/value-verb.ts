import type { RowKey, RowRange, RowWrite, StoredRow } from '../../databases/index.js'
import { EnvelopeTenantError } from '../../errors.js'
import { namedBy } from '../../leaves/index.js'
import type { SkipReason, Tenants } from '../sweep/report.js'
import type { Skip, SweepVerb, Visit, VisitOptions } from '../sweep/sweep.js'
import type { TableRows } from '../sweep/table-rows.js'
import { chunksOf } from './chunks.js'
import { elementsOf } from './elements.js'
import { type Examine, type Examined, type Finding, findingOf, type OwnedRow } from './examine.js'
import { inLanes } from './lanes.js'
import { tooLong, withoutCharacters } from './room.js'
import { Told } from './told.js'
import type { ValueTarget } from './value-target.js'

export interface ValueVerbOptions {
  readonly targets: readonly ValueTarget[]
  /** Only rows of this tenant. */
  readonly tenant?: string | undefined
  /** Counts what would be changed, and changes nothing. */
  readonly dryRun?: boolean | undefined
}

/** How often rows that another transaction changes meanwhile are read again, the last time that the sweep comes by. */
const TRIES = 3

/**
 * A verb that reads values into the process, and writes others in their place. What is written is what was made of the row as it was
 * read, and only where it still is so: a concurrent writer always wins.
 */
export function valueVerb(options: ValueVerbOptions, examine: Examine): SweepVerb {
  const told = new Told()
  return {
    async visit(rows, range, how) {
      const target = options.targets.find(({ table }) => table === rows.table)
      if (target === undefined) throw new Error(`the table ${rows.table.table} is not one of the job's`)
      const visit = new ValueVisit(options, examine, target, rows, how, told)
      await inLanes(await chunksOf(rows, range, how.most), (chunk) => visit.through(chunk))
      return visit.result()
    },
  }
}

class ValueVisit {
  #changed = 0
  #again = false
  /** Rows that were refused in this visit. It may be given up, and these are told again then. */
  readonly #refused = new Set<string>()
  readonly #findings = new Map<string, Finding>()
  /** Rows that are visited again: what they hold then has not been seen. */
  readonly #unwritten = new Set<string>()
  readonly #counted = new Set<string>()
  readonly #skips = new Map<string, Skip & { keys: RowKey[]; count: number }>()
  #named = 0

  constructor(
    private readonly options: ValueVerbOptions,
    private readonly examine: Examine,
    private readonly target: ValueTarget,
    private readonly rows: TableRows,
    private readonly how: VisitOptions,
    private readonly told: Told,
  ) {}

  /** Only now is anything remembered as told. */
  result(): Visit {
    for (const row of this.#refused) this.told.refuse(row)
    const findings = [...this.#findings.values()]
    for (const row of this.#unwritten) this.told.leaveOpen(row)
    for (const { row, retryable } of findings) if (retryable) this.told.leaveOpen(this.#nameOf(row.key))
    for (const row of this.#counted) this.told.count(row)
    for (const finding of findings) if (!finding.retryable) this.told.tell(this.#nameOf(finding.row.key), finding)
    return { changed: this.#changed, again: this.#again, skips: [...this.#skips.values()] }
  }

  async through(range: RowRange): Promise<void> {
    for (let tries = 1; ; tries++) {
      const { writes: all, findings } = await this.#examined(await this.rows.read(range, this.how.most))
      for (const finding of findings) this.#find(finding, tries > 1)
      const writes = await this.#writable(all)
      if (writes.length === 0) return
      if (this.options.dryRun === true) {
        for (const { key } of writes) this.#count(this.#nameOf(key))
        return
      }
      if (tries > TRIES) {
        for (const { key } of writes) this.#skip('ROW_LOCKED', undefined, key)
        return
      }
      if ((await this.#write(range, writes)) >= writes.length) return
      // Once more also if it will be back: what is left then are the rows that could not be written.
      if (this.how.isLast || tries === 1) continue
      this.#again = true
      for (const { key } of writes) this.#unwritten.add(this.#nameOf(key))
      return
    }
  }

  async #examined(read: readonly StoredRow[]): Promise<Examined> {
    const owned: OwnedRow[] = []
    const findings: Finding[] = []
    for (const row of read) {
      try {
        const one = this.#owned(row)
        if (one !== undefined) owned.push(one)
      } catch (error) {
        findings.push(findingOf(row, undefined, error))
      }
    }
    const examined = await this.examine(this.target, owned)
    return { writes: examined.writes, findings: [...findings, ...examined.findings] }
  }

  /** Nothing for a row of another tenant than the job's, and for one without values. */
  #owned(row: StoredRow): OwnedRow | undefined {
    const elements = this.rows.table.columns.map((column, i) => elementsOf(column, row.cells[i] ?? null))
    if (elements.every(({ length }) => length === 0) && row.tokens.every((token) => token === null)) return undefined
    const named = (): string | undefined => {
      for (const { stored } of elements.flat()) {
        const tenant = stored === undefined ? undefined : namedBy(stored)?.tenant
        if (tenant !== undefined) return tenant
      }
      return undefined
    }
    const tenant = this.target.tenantOf(row, named)
    const { tenant: wanted } = this.options
    if (wanted !== undefined && tenant !== wanted) return undefined
    if (tenant === undefined) throw ownedByNobody(this.target.model)
    return { row, tenant, elements }
  }

  /** Those whose columns can hold the new values, and that have not been refused before. */
  async #writable(all: readonly RowWrite[]): Promise<RowWrite[]> {
    const writes = all.filter(({ key }) => {
      const name = this.#nameOf(key)
      return !this.#refused.has(name) && !this.told.isRefused(name)
    })
    const unfit = await withoutCharacters(this.rows, writes)
    return writes.filter((write) => {
      const short = tooLong(this.rows, write)
      const column = short ?? unfit.get(write)
      if (column === undefined) return true
      this.#refuse(short === undefined ? 'COLUMN_CHARACTER_SET' : 'COLUMN_TOO_SHORT', column, write.key)
      return false
    })
  }

  /** In halves, where one of the rows has the token of another. How many are done with: changed, or refused. */
  async #write(range: RowRange, writes: readonly RowWrite[]): Promise<number> {
    const changed = await this.rows.write(range, writes)
    if (changed !== 'taken') {
      this.#changed += changed
      return changed
    }
    const [first] = writes
    if (writes.length === 1 && first !== undefined) {
      this.#refuse('INDEX_NOT_UNIQUE', undefined, first.key)
      return 1
    }
    const half = writes.length >> 1
    return (await this.#write(range, writes.slice(0, half))) + (await this.#write(range, writes.slice(half)))
  }

  /** In a dry run. What is visited again was counted, unless something of it could not be seen. */
  #count(row: string): void {
    if (!this.how.isFirst && !this.told.isUncounted(row)) return
    this.#changed += 1
    this.#counted.add(row)
  }

  /** @param isLater of a row that has changed since this visit began. */
  #find(finding: Finding, isLater: boolean): void {
    const { row, column, reason, retryable, tenants } = finding
    const name = `${this.#nameOf(row.key)} ${column ?? ''} ${reason}`
    if (this.#findings.has(name)) return
    this.#findings.set(name, finding)
    if (retryable && !this.how.isLast) this.#again = true
    else if (this.how.isFirst || isLater || retryable || this.told.isNews(this.#nameOf(row.key), finding)) {
      this.#skip(reason, column, row.key, tenants)
    }
  }

  #refuse(reason: SkipReason, column: string | undefined, key: RowKey): void {
    this.#refused.add(this.#nameOf(key))
    this.#skip(reason, column, key)
  }

  #skip(reason: SkipReason, column: string | undefined, key: RowKey, tenants?: Tenants): void {
    const name = JSON.stringify([reason, column, tenants])
    const skip = this.#skips.get(name) ?? {
      reason,
      ...(column !== undefined && { column }),
      keys: [],
      count: 0,
      tenants,
    }
    this.#skips.set(name, skip)
    skip.count += 1
    if (this.#named >= this.how.named) return
    this.#named += 1
    skip.keys.push(key)
  }

  #nameOf(key: RowKey): string {
    return JSON.stringify([this.target.model, ...key])
  }
}

function ownedByNobody(model: string): EnvelopeTenantError {
  return new EnvelopeTenantError('ENVELOPE_TENANT_REQUIRED', `Nothing says which tenant owns a row of ${model}.`, {
    model,
  })
}
