import { putAt, type SealLeaf, type TokenLeaf } from '../../leaves/index.js'
import type { Model } from './models.js'
import type { Plain } from './prisma-values.js'

/** How a row is found whose tenant is wanted. */
export interface RowLookup {
  readonly model: Model
  /** By a unique filter, whose index tokens are filled in by then; or by the values that a foreign key refers to. */
  readonly by: 'unique' | 'reference'
  readonly where: Plain
}

/** What a look-up leads to. */
export interface LookupOutcome {
  /** Called with the tenant of the row, if there is one. */
  found(tenant: string): void
  /**
   * Called where there is no such row. It returns the tenant of the row that is created instead, or sees to it that the call
   * finds none either, and returns `undefined`; what waits is then not sealed. Else it throws: a row that is written after all
   * would be left without a value.
   */
  missing(): string | LateTenant | undefined
}

type Unsettled<Leaf> = { -readonly [K in keyof Leaf]: Leaf[K] }

/**
 * The tenant of a row that only the database can tell. It is looked up after planning and before anything is sealed; what is
 * to be sealed for that tenant waits here.
 */
export class LateTenant {
  readonly seals: Unsettled<SealLeaf>[] = []
  readonly tokens: Unsettled<TokenLeaf>[] = []
  #tenant: string | undefined
  #settled: Promise<string | undefined> | undefined

  constructor(
    readonly lookup: RowLookup,
    private readonly outcome: LookupOutcome,
  ) {}

  /** Known once it has been looked up, if there is such a row. */
  get tenant(): string | undefined {
    return this.#tenant
  }

  /** Looks the row up, once. Resolves to its tenant, or to `undefined` if there is none. */
  settle(find: (lookup: RowLookup) => Promise<string | undefined>): Promise<string | undefined> {
    this.#settled ??= this.#settle(find)
    return this.#settled
  }

  async #settle(find: (lookup: RowLookup) => Promise<string | undefined>): Promise<string | undefined> {
    const found = await find(this.lookup)
    if (found !== undefined) this.outcome.found(found)
    const other = found ?? this.outcome.missing()
    this.#tenant = other instanceof LateTenant ? await other.settle(find) : other
    for (const leaf of this.seals) {
      if (this.#tenant !== undefined) leaf.tenant = this.#tenant
      // The call will find no row. Prisma reports that, and must not see the value.
      else putAt(leaf.holder, leaf.key, leaf.field.type.column === 'bytes' ? new Uint8Array() : '')
    }
    for (const leaf of this.tokens) {
      if (this.#tenant !== undefined) leaf.tenant = this.#tenant
      // Strings cannot be wiped; the copies of bytes can.
      else if (typeof leaf.canonical !== 'string') leaf.canonical.fill(0)
    }
    return this.#tenant
  }
}

/** Asks for a tenant that is not in the arguments, once: nothing is looked up that nobody needs. */
export class TenantQuestion {
  #asked: LateTenant | undefined

  constructor(private readonly make: () => LateTenant) {}

  /** The answer to come, if somebody has asked. */
  get asked(): LateTenant | undefined {
    return this.#asked
  }

  ask(): LateTenant {
    this.#asked ??= this.make()
    return this.#asked
  }
}
