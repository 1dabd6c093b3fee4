import { type Holder, putAt, valueAt } from '../../../leaves/holder.js'
import type { SealLeaf, TokenLeaf } from '../../../leaves/index.js'
import { searchLeaf, storedLeaf } from '../index-tokens.js'
import type { CreatedRow, Plan } from '../plan.js'
import type { Plain } from '../prisma-values.js'
import type { Found } from './fits.js'
import type { Holds, Make, Recipe, Steps } from './recipe.js'

const NONE: readonly never[] = Object.freeze([])

/**
 * Plans a call by its shape's recipe, in place.
 *
 * Throws `ENVELOPE_VALUE_INVALID` for a value that has no token where it needs one, as planning does.
 */
export function replay({ call, row, read }: Recipe, found: Found): Plan {
  const plan = {
    seals: [] as SealLeaf[],
    tokens: [] as TokenLeaf[],
    created: [] as CreatedRow[],
    foreignKeys: NONE,
    lates: NONE,
    checks: NONE,
    cursors: NONE,
    absences: NONE,
    twins: NONE,
    filteredUpserts: NONE,
    nativeUpserts: NONE,
    read,
  }
  run(call, { found, shift: 0, moved: NONE, made: [] }, plan)
  if (row !== undefined) {
    for (let at = 0; at < found.rows; at++) {
      run(row, { found, shift: at * found.perRow, moved: NONE, made: [] }, plan)
    }
  }
  return plan
}

interface Noted {
  readonly seals: SealLeaf[]
  readonly tokens: TokenLeaf[]
  readonly created: CreatedRow[]
}

/** What steps are done to. */
interface Place {
  readonly found: Found
  /** How many nodes the rows before this one have. */
  readonly shift: number
  moved: readonly unknown[]
  readonly made: Holder[]
}

function run({ moved, edits, seals, tokens, created }: Steps, place: Place, noted: Noted): void {
  if (moved.length > 0) place.moved = moved.map(({ node, key }) => valueAt(nodeAt(place, node), key))
  for (const edit of edits) {
    const node = nodeAt(place, edit.node)
    if (edit.do === 'set') putAt(node, edit.key, make(edit.value, place))
    else delete (node as Plain)[edit.key]
  }
  for (const { holder, key, field, tenant } of seals) {
    noted.seals.push({ holder: holderOf(place, holder), key, field, tenant: tenant ?? tenantOf(place) })
  }
  for (const { holder, key, index, tenants, value, use } of tokens) {
    const leafOf = use === 'stored' ? storedLeaf : searchLeaf
    const leaf = leafOf(index, tenants ? tenantOf(place) : undefined, holderOf(place, holder), key, make(value, place))
    if (leaf !== undefined) noted.tokens.push(leaf)
  }
  for (const { model, node, tenant } of created) {
    // A row's data is an object.
    const data = nodeAt(place, node) as Plain
    noted.created.push({ model, owner: { tenant: tenant ?? tenantOf(place) }, data })
  }
}

function tenantOf({ found: { tenant } }: Place): string {
  if (tenant === undefined) throw new Error('a shape with a tenant was found without one')
  return tenant
}

function nodeAt({ found, shift }: Place, at: number): Holder {
  const node = found.nodes[at < found.before ? at : at + shift]
  if (node === undefined) throw new Error('an object of the shape is missing')
  return node
}

function holderOf(place: Place, holder: Holds): Holder {
  if ('node' in holder) return nodeAt(place, holder.node)
  const made = place.made[holder.made]
  if (made === undefined) throw new Error('an object of the plan is missing')
  return made
}

function make(value: Make, place: Place): unknown {
  switch (value.from) {
    case 'constant':
      return value.value
    case 'tenant': {
      const tenant = tenantOf(place)
      return value.as === 'string' ? tenant : value.as === 'number' ? Number(tenant) : BigInt(tenant)
    }
    case 'moved':
      return place.moved[value.at]
    case 'node':
      return nodeAt(place, value.node)
    case 'list': {
      const list = value.values.map((item) => make(item, place))
      place.made[value.made] = list
      return list
    }
    case 'object': {
      const made: Plain = {}
      value.keys.forEach((key, at) => {
        const inner = value.values[at]
        if (inner !== undefined) made[key] = make(inner, place)
      })
      place.made[value.made] = made
      return made
    }
  }
}
