import { computedFieldsOf } from './internals.js'
import { isObject } from './objects.js'
import { type ComputedNeeds, ownValue, type Plain } from './query/index.js'

/**
 * The computed fields of result extensions, and the fields they need: on the client that was extended, and on all clients
 * that are derived from it later.
 *
 * Prisma computes them after all queries, from the returned rows, and only where a row has every field they need. So a
 * column that was added to a selection, though the caller did not request it, stays in the rows where one needs it.
 */
export class ComputedFields implements ComputedNeeds {
  /** By model and computed field. */
  readonly #needs = new Map<string, Map<string, Set<string>>>()
  /** Whether Prisma exposes its list. If not, a selected computed field may need any field. */
  #known = true
  #state = 0

  /** @param client the client that is extended with encryption. */
  constructor(
    private readonly models: readonly string[],
    client: object,
  ) {
    this.note(client)
  }

  get state(): number {
    return this.#state
  }

  note(client: object): void {
    this.#state += 1
    const computedFields = computedFieldsOf(client)
    if (computedFields === undefined) {
      this.#known = false
      return
    }
    for (const model of this.models) {
      for (const [name, { needs }] of Object.entries(computedFields(model) ?? {})) {
        const fields = this.#needs.get(model) ?? new Map<string, Set<string>>()
        this.#needs.set(model, fields)
        fields.set(name, new Set([...(fields.get(name) ?? []), ...needs]))
      }
    }
  }

  /**
   * Whether a computed field of this selection may need this field.
   *
   * @param selected whether the selection names a computed field.
   */
  need(model: string, args: Plain, field: string, selected: boolean): boolean {
    if (!this.#known) return selected
    const [select, omit] = [ownValue(args, 'select'), ownValue(args, 'omit')]
    for (const [name, needs] of this.#needs.get(model) ?? []) {
      if (
        needs.has(field) &&
        (isObject(select) ? ownValue(select, name) === true : !(isObject(omit) && ownValue(omit, name) === true))
      ) {
        return true
      }
    }
    return false
  }
}
