import { AsyncLocalStorage } from 'node:async_hooks'
import { decodeWrappedKey, encodeWrappedKey, type WrappedKey } from '../../envelope/index.js'
import { ignore } from '../../promises/ignore.js'
import type { KeyRow, KeyRows } from './key-rows.js'
import { ownerOf } from './owner.js'

/** How many rows of the key table were rewrapped, needed it not, and failed. */
export interface TableRewraps {
  rewrapped: number
  fresh: number
  failed: number
}

const PAGE = 200
/** How many of a page are under way at once: KMS is asked for each. */
const AT_ONCE = 8
/** The same in the background: whoever waits for KMS comes first. */
const IN_BACKGROUND = 2
/** How many rows that were read may wait. Others are rewrapped when they are read again. */
const MAX_WAITING = 10_000

/** What rewrapping a row needs of the data keys. */
interface Rewrapping {
  rewrap(id: string, wrappedKey: WrappedKey): Promise<WrappedKey | undefined>
  isStale(wrappedKey: WrappedKey): Promise<boolean>
  cmkArnOf(tenant: string): Promise<string | undefined>
}

/** The rewraps of the key table's rows. */
export class KeyTableRewraps {
  readonly #waiting = new Map<string, { readonly row: KeyRow; readonly wrappedKey: WrappedKey }>()
  readonly #workers = new Set<Promise<void>>()
  /** Outside every request: not in its trace or its tenant, where those go by asynchronous context. */
  readonly #outside = AsyncLocalStorage.snapshot()

  constructor(
    private readonly rows: KeyRows,
    private readonly app: string,
    private readonly keys: Rewrapping,
  ) {}

  /** All that need it, of one tenant or of all; a dry run only counts them. */
  all(tenant: string | undefined, dryRun: boolean): Promise<TableRewraps> {
    return rewrapTable(this.rows, this.app, tenant, (row, wrappedKey) =>
      dryRun ? this.keys.isStale(wrappedKey) : this.#one(row, wrappedKey),
    )
  }

  /** One row that was read. */
  inBackground(row: KeyRow, wrappedKey: WrappedKey): void {
    if (this.#waiting.size >= MAX_WAITING) return
    this.#waiting.set(row.id, { row, wrappedKey })
    if (this.#workers.size >= IN_BACKGROUND) return
    const worker = this.#outside(() => this.#workOff())
    this.#workers.add(worker)
    worker.then(() => this.#workers.delete(worker))
  }

  /** Resolves when none waits or is under way. */
  async idle(): Promise<void> {
    while (this.#workers.size > 0) await Promise.all(this.#workers)
  }

  async #workOff(): Promise<void> {
    for (const [id, { row, wrappedKey }] of this.#waiting) {
      this.#waiting.delete(id)
      await this.#one(row, wrappedKey).then(ignore, ignore)
    }
  }

  /** Whether it needed a new wrapped key, and got it. */
  async #one(row: KeyRow, wrappedKey: WrappedKey): Promise<boolean> {
    const next = await this.keys.rewrap(row.id, wrappedKey)
    if (next === undefined) return false
    const cmkArn = await this.keys.cmkArnOf(wrappedKey.context.tenant)
    return this.rows.replace(row, { section: encodeWrappedKey(next), wrapTag: next.wrapTag, cmkArn })
  }
}

/**
 * Rewraps all rows of one application, or of one of its tenants, page by page. Rows that were erased have nothing to rewrap, and
 * another application's are left alone.
 *
 * @param rewrap whether a row needed a new wrapped key, and got it.
 */
async function rewrapTable(
  rows: KeyRows,
  app: string,
  tenant: string | undefined,
  rewrap: (row: KeyRow, wrappedKey: WrappedKey) => Promise<boolean>,
): Promise<TableRewraps> {
  const done: TableRewraps = { rewrapped: 0, fresh: 0, failed: 0 }
  const owner = tenant === undefined ? undefined : ownerOf(app, tenant)
  const one = async (row: KeyRow): Promise<void> => {
    if (row.section.length === 0) return
    try {
      const wrappedKey = decodeWrappedKey(row.wrapTag, row.section)
      if (ownerOf(app, wrappedKey.context.tenant) !== row.owner) return
      done[(await rewrap(row, wrappedKey)) ? 'rewrapped' : 'fresh'] += 1
    } catch {
      done.failed += 1
    }
  }
  for (let page = await rows.page(undefined, owner, PAGE); page.length > 0; ) {
    for (let from = 0; from < page.length; from += AT_ONCE) await Promise.all(page.slice(from, from + AT_ONCE).map(one))
    page = await rows.page(page.at(-1)?.id, owner, PAGE)
  }
  return done
}
