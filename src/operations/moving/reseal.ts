import type { CellChange, RowWrite, TokenChange } from '../../databases/index.js'
import { EnvelopeError } from '../../errors.js'
import type { EncryptedField } from '../../leaves/index.js'
import { columnText, elementsOf, textOfEnvelope } from '../values/elements.js'
import { type Finding, findingOf, type OwnedRow } from '../values/examine.js'
import { expectedTokens } from '../values/expected-tokens.js'
import { type OpenedCell, openRows } from '../values/open-rows.js'
import { sealPlaintexts } from '../values/seal-plaintexts.js'
import type { ValueCipher, ValueTarget } from '../values/value-target.js'
import { decodedRows, indexedValues } from '../values/verify.js'
import type { FoundRow } from './moved-model.js'
import type { Batch } from './survey.js'

/** What rows of one batch are to hold, and what of them cannot be read. */
export interface Resealed {
  readonly batch: Batch
  readonly writes: readonly RowWrite[]
  /** How many values are sealed anew. */
  readonly values: number
  /** The index columns that change, by the positions of row and column: `0 1`. */
  readonly tokens: ReadonlyMap<string, TokenChange>
  /** Values that stay as they are, since they are in plaintext where that is allowed. */
  readonly plaintext: number
  readonly findings: readonly Finding[]
}

const AT_ONCE = 200

/**
 * Opens the values of one tenant and seals them for another. What is in plaintext where its field allows it stays so.
 *
 * @param dryRun nothing is sealed; what would be is counted.
 */
export async function resealed(
  batch: Batch,
  { from, to, dryRun }: { readonly from: string; readonly to: string; readonly dryRun: boolean },
  cipher: ValueCipher,
): Promise<Resealed[]> {
  const { model, rows } = batch
  const done: Resealed[] = []
  const target = { ...model.target, ...lenient(model.target) }
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const some = rows.slice(at, at + AT_ONCE)
    const owned = some.map((row) => ownedRow(target, row, from))
    done.push(await reseal({ model, rows: some }, target, owned, to, dryRun, cipher))
  }
  return done
}

/** The same fields, of which those that are read in plaintext for a while may be: the plaintext stays where it is. */
function lenient({ encrypted, indexes }: ValueTarget): Pick<ValueTarget, 'encrypted' | 'indexes'> {
  const fields = new Map<EncryptedField, EncryptedField>(
    encrypted.map((field) => [field, field.legacy === undefined ? field : { ...field, writesPlain: true }]),
  )
  return {
    encrypted: encrypted.map((field) => fields.get(field) ?? field),
    indexes: indexes.map((index) => ({ ...index, source: fields.get(index.source) ?? index.source })),
  }
}

function ownedRow({ table }: ValueTarget, row: FoundRow, tenant: string): OwnedRow {
  return { row, tenant, elements: table.columns.map((column, i) => elementsOf(column, row.cells[i] ?? null)) }
}

const isSealed = (cell: OpenedCell | undefined): boolean =>
  cell !== undefined && !(cell instanceof EnvelopeError) && cell.some(({ suite }) => suite !== undefined)

async function reseal(
  batch: Batch,
  target: ValueTarget,
  rows: readonly OwnedRow[],
  to: string,
  dryRun: boolean,
  cipher: ValueCipher,
): Promise<Resealed> {
  const opened = await openRows(target, rows, cipher)
  const { values, findings } = decodedRows(target, rows, opened)
  const moved = rows.map((row) => ({ ...row, tenant: to }))
  const tokens = await newTokens(target, moved, values, opened, cipher)
  const flat = opened.flatMap((ofRow, row) =>
    ofRow.flatMap((cell, column) =>
      cell instanceof EnvelopeError ? [] : cell.map((element, n) => ({ row, column, n, element })),
    ),
  )
  const sealing = flat.filter(({ element }) => element.suite !== undefined)
  const counts = { values: sealing.length, plaintext: flat.length - sealing.length, tokens: tokens.changes }
  const all = [...findings, ...tokens.findings]
  if (dryRun || all.length > 0) return { batch, writes: [], ...counts, findings: all }
  const sealed = await sealPlaintexts(
    sealing.flatMap(({ column, element }) => {
      const field = target.encrypted[column]
      return field === undefined ? [] : [{ field, tenant: to, plaintext: element.plaintext }]
    }),
    cipher,
  )
  const texts = new Map<string, string>()
  sealing.forEach(({ row, column, n }, i) => {
    const [envelope, place] = [sealed[i], target.table.columns[column]]
    // No value of the row is the reason: the tenant's key is.
    if (envelope instanceof EnvelopeError) throw envelope
    if (envelope !== undefined && place !== undefined)
      texts.set(`${row} ${column} ${n}`, textOfEnvelope(place, envelope))
  })
  const writes = rows.flatMap(({ row, elements }, at) => {
    const cells = target.table.columns.map((place, column): CellChange | undefined => {
      const before = row.cells[column] ?? null
      if (before === null) return undefined
      if (!isSealed(opened[at]?.[column])) return { before }
      const all = (elements[column] ?? []).map(({ text }, n) => texts.get(`${at} ${column} ${n}`) ?? text)
      return { before, after: columnText(place, all) }
    })
    const own = target.indexes.map((_, i) => tokens.changes.get(`${at} ${i}`))
    const isChanged = own.some((token) => token !== undefined) || cells.some((cell) => cell?.after !== undefined)
    return isChanged ? [{ key: row.key, owner: row.owner, cells, tokens: own }] : []
  })
  return { batch, writes, ...counts, findings: all }
}

/** By row and index: the index columns that change. */
async function newTokens(
  target: ValueTarget,
  rows: readonly OwnedRow[],
  values: readonly (readonly unknown[])[],
  opened: readonly (readonly OpenedCell[])[],
  cipher: ValueCipher,
): Promise<{ changes: Map<string, TokenChange>; findings: Finding[] }> {
  const indexed = indexedValues(target, rows, values)
  const expected = await expectedTokens(indexed, cipher)
  const changes = new Map<string, TokenChange>()
  const findings: Finding[] = []
  indexed.forEach(({ row: at, token, column }, n) => {
    const [row, after] = [rows[at]?.row, expected[n] ?? null]
    if (row === undefined) return
    if (after instanceof EnvelopeError) {
      findings.push(findingOf(row, target.table.tokens?.[token], after))
      return
    }
    const before = row.tokens[token] ?? null
    // The index of what is in plaintext is filled when that is encrypted.
    if (before === after || (before === null && !isSealed(opened[at]?.[column]))) return
    changes.set(`${at} ${token}`, { before, after })
  })
  return { changes, findings }
}
