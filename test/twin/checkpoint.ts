import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Provider } from '../support/databases/contract.js'
import type { Tally } from './census.js'
import type { SchemaName } from './models.js'

/** The progress of a long run, which continues from there after a `kill`. One file for each database, schema and seed. */
export interface Checkpoint {
  readonly db: Provider
  readonly schema: SchemaName
  readonly seed: number
  readonly runs: number
  done: number
  tally: Tally
}

const folder = fileURLToPath(new URL('../../.twin', import.meta.url))

function fileOf(db: Provider, schema: SchemaName, seed: number): string {
  return join(folder, `${db}-${schema}-${seed}.json`)
}

/** An unfinished run of this seed, or of any if no seed is named. */
export function unfinished(db: Provider, schema: SchemaName, seed: number | undefined): Checkpoint | undefined {
  if (!existsSync(folder)) return undefined
  const files = seed === undefined ? readdirSync(folder).map((name) => join(folder, name)) : [fileOf(db, schema, seed)]
  return files
    .filter((file) => file.endsWith('.json') && existsSync(file))
    .map((file): Checkpoint => JSON.parse(readFileSync(file, 'utf8')))
    .find((one) => one.db === db && one.schema === schema && one.done < one.runs)
}

/** Writes a new file and renames it: whenever the run is killed, the file is complete. */
export function save(checkpoint: Checkpoint): void {
  mkdirSync(folder, { recursive: true })
  const file = fileOf(checkpoint.db, checkpoint.schema, checkpoint.seed)
  writeFileSync(`${file}.new`, JSON.stringify(checkpoint, undefined, 2))
  renameSync(`${file}.new`, file)
}
