import type { RowKey } from '../../databases/index.js'
import { type CrossingLink, type FoundRow, type Link, type MovedModel, type MovedRows, nameOf } from './moved-model.js'

/** What is to move, and where to. */
export interface MovePlan {
  readonly models: ReadonlyMap<string, MovedModel>
  readonly root: MovedModel
  readonly keys: readonly RowKey[]
  readonly from: string
  readonly to: string
  /** Of rows that belong to another row: the one that they are to belong to; without a key, none. */
  readonly parent: { readonly link: Link; readonly key: RowKey | undefined } | undefined
  readonly maxRows: number
  /** Characters of all values together. */
  readonly maxSize?: number
}

/** Rows of one model that were found together, in the order of their key. */
export interface Batch {
  readonly model: MovedModel
  readonly rows: readonly FoundRow[]
}

export interface Survey {
  /** Each after the rows that it belongs to. */
  readonly batches: readonly Batch[]
  readonly links: readonly CrossingLink[]
  /** The row that the first ones are to belong to. */
  readonly parent: FoundRow | undefined
}

/** Foreign keys in one statement. */
const AT_ONCE = 100

/** Characters of all values together: they are in memory at once. */
const MAX_SIZE = 2 ** 27

/** More rows than a move may have. */
export class TooManyRows extends Error {}
/** Longer values than a move may have. */
export class TooLong extends Error {}
/** A row that was to move, or to be moved to, is not there. */
export class RowMissing extends Error {
  constructor(
    readonly model: string,
    readonly key: RowKey | undefined,
  ) {
    super('a row is not there')
  }
}
/** A row belongs to neither of the two tenants. */
export class OfAnotherTenant extends Error {
  constructor(
    readonly model: string,
    readonly key: RowKey,
    readonly tenant: string | undefined,
  ) {
    super('a row is of another tenant')
  }
}

/** Finds the rows that move, and the foreign keys that would then lead from one tenant to another. Locks the rows that it finds, if asked. */
export async function survey(rows: MovedRows, plan: MovePlan, lock: boolean): Promise<Survey> {
  const one = new Surveyor(rows, plan, lock)
  return one.survey()
}

class Surveyor {
  readonly #batches: Batch[] = []
  readonly #found = new Map<string, Map<string, FoundRow>>()
  /** Rows that refer to such as move, and may stay behind. */
  readonly #referring: { readonly link: Link; readonly row: FoundRow; readonly tenant: string | undefined }[] = []
  #count = 0
  #size = 0

  constructor(
    private readonly rows: MovedRows,
    private readonly plan: MovePlan,
    private readonly lock: boolean,
  ) {}

  async survey(): Promise<Survey> {
    const { root, keys } = this.plan
    const parent = await this.#parent()
    const chunks = await this.#find(root, root.table.key, keys, this.lock)
    const there = new Set(chunks.flat().map(({ key }) => nameOf(key)))
    for (const key of keys) if (!there.has(nameOf(key))) throw new RowMissing(root.name, key)
    for (const rows of chunks) {
      for (const row of rows) this.#refuseForeign(root, row)
      this.#take(root, rows)
    }
    for (let at = 0; at < this.#batches.length; at++) {
      const batch = this.#batches[at]
      if (batch !== undefined) await this.#below(batch)
    }
    const links = [...this.#staying(), ...(await this.#above()), ...(await this.#across())]
    return { batches: this.#batches, links, parent }
  }

  async #parent(): Promise<FoundRow | undefined> {
    const { parent, models, to } = this.plan
    if (parent?.key === undefined) return undefined
    const model = modelIn(models, parent.link.to)
    const [row] = (await this.#find(model, model.table.key, [parent.key], this.lock)).flat()
    if (row === undefined) throw new RowMissing(model.name, parent.key)
    const tenant = model.target.tenantOf(row, () => undefined)
    if (tenant !== to) throw new OfAnotherTenant(model.name, row.key, tenant)
    return row
  }

  /** Rows that refer to these. */
  async #below({ model, rows }: Batch): Promise<void> {
    for (const link of model.down) {
      const child = modelIn(this.plan.models, link.model)
      for (const found of await this.#referringTo(link, child, rows)) {
        const moving = found.filter((row) => {
          const tenant = this.#tenantOf(child, row)
          if (link.kind !== 'other' && (tenant === this.plan.from || !child.isOwned)) return true
          this.#referring.push({ link, row, tenant })
          return false
        })
        this.#take(child, moving)
      }
    }
  }

  async #referringTo(link: Link, child: MovedModel, rows: readonly FoundRow[]): Promise<FoundRow[][]> {
    const values = rows.flatMap((row) => {
      const texts = link.references.map((column) => row.texts.get(column) ?? null)
      return isWhole(texts) ? [texts] : []
    })
    return this.#find(child, link.columns, values, this.lock && link.kind !== 'other')
  }

  /** One list for each statement, in the order of the key. */
  async #find(
    model: MovedModel,
    by: readonly string[],
    values: readonly RowKey[],
    lock: boolean,
  ): Promise<FoundRow[][]> {
    const most = this.plan.maxRows + 1
    const all: FoundRow[][] = []
    let rest = most
    for (let at = 0; at < values.length; at += AT_ONCE) {
      const some = await this.rows.find(model, by, values.slice(at, at + AT_ONCE), { most, lock })
      rest -= some.length
      if (rest <= 0) throw new TooManyRows()
      all.push(some)
    }
    return all
  }

  /** Those of them that are not there yet. */
  #take(model: MovedModel, rows: readonly FoundRow[]): void {
    const known = this.#found.get(model.name) ?? new Map<string, FoundRow>()
    this.#found.set(model.name, known)
    const fresh = rows.filter(({ key }) => !known.has(nameOf(key)))
    for (const row of fresh) known.set(nameOf(row.key), row)
    this.#count += fresh.length
    if (this.#count > this.plan.maxRows) throw new TooManyRows()
    for (const { cells } of fresh) this.#size += cells.reduce((sum, cell) => sum + (cell?.length ?? 0), 0)
    if (this.#size > (this.plan.maxSize ?? MAX_SIZE)) throw new TooLong()
    if (fresh.length > 0) this.#batches.push({ model, rows: fresh })
  }

  #isMoving(model: string, key: RowKey): boolean {
    return this.#found.get(model)?.has(nameOf(key)) === true
  }

  #tenantOf({ target }: MovedModel, row: FoundRow): string | undefined {
    return target.tenantOf(row, () => this.plan.from)
  }

  #refuseForeign(model: MovedModel, row: FoundRow): void {
    const tenant = this.#tenantOf(model, row)
    if (tenant !== this.plan.from) throw new OfAnotherTenant(model.name, row.key, tenant)
  }

  /** Rows that stay, and refer to some that move. */
  #staying(): CrossingLink[] {
    return this.#referring.flatMap(({ link, row, tenant }) =>
      tenant === this.plan.to || this.#isMoving(link.model, row.key) ? [] : [crossing(link, row.key)],
    )
  }

  /** Rows that move, and refer to some that stay. */
  async #above(): Promise<CrossingLink[]> {
    const { models, parent, to, root } = this.plan
    const links: CrossingLink[] = []
    for (const { model, rows } of this.#batches) {
      for (const link of model.up) {
        if (link === parent?.link && model === root) continue
        const target = modelIn(models, link.to)
        const referring = rows.flatMap((row) => {
          const texts = link.columns.map((column) => row.texts.get(column) ?? null)
          return isWhole(texts) ? [{ row, texts }] : []
        })
        if (referring.length === 0) continue
        if (link.holdsTenant && link.columns.length === 1) {
          await this.#needTenantRow(model, target, link)
          continue
        }
        const stays = new Map<string, boolean>()
        for (const { row, texts } of referring) {
          const name = nameOf(texts)
          // By itself: the database may treat two spellings of a key as equal.
          const [referred] = stays.has(name) ? [] : (await this.#find(target, link.references, [texts], false)).flat()
          if (!stays.has(name)) stays.set(name, referred !== undefined && this.#stays(target, link, referred, to))
          if (stays.get(name) === true) links.push(crossing(link, row.key))
        }
      }
    }
    return links
  }

  /** Whether a row that moves could not refer to this one any more. What is not there is the foreign key's concern. */
  #stays(model: MovedModel, link: Link, row: FoundRow, to: string): boolean {
    if (this.#isMoving(model.name, row.key)) return false
    return link.holdsTenant || this.#tenantOf(model, row) !== to
  }

  /** The row that tenant columns refer to. */
  async #needTenantRow({ tenantText }: MovedModel, target: MovedModel, { references }: Link): Promise<void> {
    if (tenantText === null) return
    const found = (await this.#find(target, references, [[tenantText]], false)).flat()
    if (found.length === 0) throw new RowMissing(target.name, undefined)
  }

  async #across(): Promise<CrossingLink[]> {
    const links: CrossingLink[] = []
    for (const { model, rows } of this.#batches) {
      for (const field of model.across) {
        for (const { key } of rows) {
          const linked = await this.rows.across(model, field, key, this.plan.to)
          if (linked.some((one) => !this.#isMoving(one.model, one.key)))
            links.push({ model: model.name, key, field, holdsTenant: false })
        }
      }
    }
    return links
  }
}

function modelIn(models: MovePlan['models'], name: string): MovedModel {
  const model = models.get(name)
  if (model === undefined) throw new Error(`${name} is not one of the move's models`)
  return model
}

function crossing({ model, field, holdsTenant }: Link, key: RowKey): CrossingLink {
  return { model, key, field, holdsTenant }
}

function isWhole(texts: readonly (string | null)[]): texts is readonly string[] {
  return texts.every((text) => text !== null)
}

/** Whether both found the same rows, which hold the same. */
export function isSame(one: Survey, other: Survey): boolean {
  return textOf(one) === textOf(other)
}

function textOf({ batches, links, parent }: Survey): string {
  const rowText = ({ texts, owner, cells, tokens }: FoundRow): string =>
    JSON.stringify([[...texts], owner, cells, tokens])
  const rows = batches.flatMap(({ model, rows }) => rows.map((row) => `${model.name} ${rowText(row)}`))
  return JSON.stringify([rows.sort(), links.map((link) => JSON.stringify(link)).sort(), parent && rowText(parent)])
}
