import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UsageError } from '../usage-error.js'

/** A value that an attacker knows, and how common it is. */
export interface KnownValue {
  readonly value: string
  readonly weight: number
}

/**
 * The values of a CSV file (RFC 4180): a value and its weight in each line, with or without a header. Throws `UsageError`, which names the
 * line and not what is in it.
 */
export async function valuesIn(cwd: string, file: string): Promise<KnownValue[]> {
  const { CsvError, parse } = await import('csv-parse/sync')
  let records: { record: string[]; info: { lines: number } }[]
  try {
    // Types know nothing of `info`.
    records = parse(await textOf(resolve(cwd, file), file), {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as never
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const at = error as { lines?: number }
    throw new UsageError(`${file} is not CSV (RFC 4180): look for quotes around line ${at.lines ?? 1}`)
  }
  const [first] = records
  if (first === undefined) throw new UsageError(`${file} is empty: write a value and its weight into each line`)
  // With a digit in it, the second cell is a weight, if a malformed one: no value is dropped unseen.
  const isHeader = first.record.length === 2 && !/\d/.test(first.record[1] ?? '')
  const lines = isHeader ? records.slice(1) : records
  if (lines.length === 0) throw new UsageError(`${file} has a header and no values`)
  return lines.map(({ record, info }) => knownValue(file, record, info.lines))
}

function knownValue(file: string, record: readonly string[], line: number): KnownValue {
  const where = `${file}, line ${line}`
  const [value, written] = record
  if (record.length !== 2 || value === undefined)
    throw new UsageError(`${where}: there must be two columns, a value and its weight, and there are ${record.length}`)
  const weight = weightIn(written)
  if (weight === undefined)
    throw new UsageError(`${where}: the weight must be a number, such as how often the value occurs`)
  if (weight < 0) throw new UsageError(`${where}: the weight must not be negative`)
  return { value, weight }
}

function weightIn(text: string | undefined): number | undefined {
  const number = Number(text)
  return text === undefined || text.trim() === '' || !Number.isFinite(number) ? undefined : number
}

async function textOf(path: string, file: string): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    const { code } = error as { code?: unknown }
    throw new UsageError(`${file} cannot be read${typeof code === 'string' ? ` (${code})` : ''}`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError(`${file} is not in UTF-8`)
  }
}
