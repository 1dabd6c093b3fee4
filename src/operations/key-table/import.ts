import { insertRecord, isErased, type KeyRecord, type KeyRecords } from './key-records.js'
import { type LineRefusal, type RefusedLine, recordIn } from './lines.js'

/** What `$encryption.importKeys` has done. */
export interface KeyImportReport {
  /** Whether it only counted. */
  readonly dryRun: boolean
  /** Lines that were read. */
  readonly rows: number
  /** Rows that were missing, and are there now. */
  readonly inserted: number
  /** Rows that were there already, and stay as they are. */
  readonly kept: number
  /** Of those that are kept: tombstones, of which the file has the data key. Nothing revives them. */
  readonly erasedHere: number
  /** Of those that are kept: data keys, of which the file has a tombstone. With `tombstones`, they are `erased` instead. */
  readonly erasedInFile: number
  /** Data keys that a tombstone of the file has erased. */
  readonly erased: number
  /** Lines of other tenants than the one that was asked for. */
  readonly otherTenants: number
  /** How many lines were refused, by reason. */
  readonly refused: Readonly<Partial<Record<LineRefusal, number>>>
  /** The first 1,000 of them. */
  readonly refusedRows: readonly RefusedLine[]
}

export interface ImportOptions {
  readonly app: string
  /** Only rows of this owner. */
  readonly owner: string | undefined
  readonly tombstones: boolean
  readonly dryRun: boolean
  /** Now, of the calendar. */
  readonly now: Date
  /** Told of each tenant of which a data key was erased. */
  readonly erased: (tenant: string) => void
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const LINES_AT_A_TIME = 200
const MOST_REFUSED_ROWS = 1_000

/** Merges rows of a file into the key table: nothing that is there is replaced but, if that is asked for, by a tombstone. */
export async function importRecords(
  records: KeyRecords,
  lines: Iterable<string> | AsyncIterable<string>,
  options: ImportOptions,
): Promise<KeyImportReport> {
  const { app, owner, dryRun } = options
  const report: Mutable<KeyImportReport> = {
    ...{ dryRun, rows: 0, inserted: 0, kept: 0, erasedHere: 0, erasedInFile: 0, erased: 0, otherTenants: 0 },
    refused: {},
    refusedRows: [],
  }
  const refused = new Refusals()
  let batch: { readonly line: number; readonly record: KeyRecord }[] = []
  const flush = async (): Promise<void> => {
    const there = new Map((await records.find(batch.map(({ record }) => record.id))).map((one) => [one.id, one]))
    for (const { line, record } of batch) await mergeOne(line, record, there.get(record.id))
    batch = []
  }
  const mergeOne = async (line: number, record: KeyRecord, found: KeyRecord | undefined): Promise<void> => {
    // What is missing was not there a moment ago, or stands in the file twice.
    const row = found ?? (dryRun ? undefined : await insertRecord(records, asImported(record, options.now)))
    if (row === undefined) report.inserted += 1
    else if (row.owner !== record.owner) refused.add({ line, id: record.id, reason: 'owner-mismatch' })
    else if (isErased(record) && !isErased(row) && options.tombstones) {
      if (!dryRun) await records.erase(record.id, record.owner)
      options.erased(record.tenant)
      report.erased += 1
    } else {
      report.kept += 1
      if (isErased(row) && !isErased(record)) report.erasedHere += 1
      if (isErased(record) && !isErased(row)) report.erasedInFile += 1
    }
  }
  let line = 0
  for await (const text of lines) {
    line += 1
    if (text.trim() === '') continue
    report.rows += 1
    const record = recordIn(text, app)
    if ('reason' in record) refused.add({ line, ...record })
    else if (owner !== undefined && record.owner !== owner) report.otherTenants += 1
    else batch.push({ line, record })
    if (batch.length >= LINES_AT_A_TIME) await flush()
  }
  await flush()
  return { ...report, ...refused.counted() }
}

/**
 * An imported key opens, and seals nothing: how many values it has sealed is not in the file, and a limit that is not known
 * may have been reached.
 */
function asImported(record: KeyRecord, now: Date): KeyRecord {
  return { ...record, retiredAt: record.retiredAt ?? now }
}

/** Lines that were refused. */
export class Refusals {
  readonly #counts: Partial<Record<LineRefusal, number>> = {}
  readonly #rows: RefusedLine[] = []

  add(row: RefusedLine): void {
    this.#counts[row.reason] = (this.#counts[row.reason] ?? 0) + 1
    if (this.#rows.length < MOST_REFUSED_ROWS) this.#rows.push(row)
  }

  counted(): Pick<KeyImportReport, 'refused' | 'refusedRows'> {
    return { refused: this.#counts, refusedRows: this.#rows }
  }
}
