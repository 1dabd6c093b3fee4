import { Draw } from '../prisma/query/draw.js'
import { type Models, type SchemaName, TENANTS } from './models.js'
import { drawOperation, type Operation, READS } from './operations.js'
import { PLACEMENTS, type Place, placeOf } from './place.js'
import { drawRefusal } from './refusals.js'
import type { Setting } from './values.js'

/**
 * How the tenant of a sequence's calls is set:
 * - `constant`: the `tenant` option does; one tenant, no lock;
 * - `rows`: the arguments do; two tenants in one pair of databases, no lock;
 * - `ambient`: `runWithTenant` does; one tenant, under the lock;
 * - `bound`: two bound views take turns on one encrypted database; each has a plain twin with its own rows only, and with
 *   those that all share. Where there are some, a view that is bound to the shared tenant is the third.
 */
export type Mode = 'constant' | 'rows' | 'ambient' | 'bound'

/** The option `tenant` decides nothing for rows that belong to others. */
const MODES: Readonly<Record<SchemaName, readonly Mode[]>> = {
  twin: ['constant', 'rows', 'ambient', 'bound'],
  'twin-company': ['rows', 'rows', 'ambient', 'bound', 'bound'],
}

/** What is done at once: one call, a list in `$transaction([…])`, a `$transaction(async …)`, or calls side by side. */
export interface Step {
  readonly kind: 'call' | 'batch' | 'interactive' | 'concurrent'
  readonly operations: readonly Operation[]
  readonly place: Place
  /** The function of an interactive transaction throws at its end. */
  readonly fails?: boolean
}

export interface Sequence {
  readonly mode: Mode
  readonly steps: readonly Step[]
}

export type Drawn = readonly [
  mode: number,
  steps: readonly ArrayLike<number>[],
  placement: number,
  places: readonly number[],
]

/** One sequence from the numbers that fast-check drew: one list of numbers makes one step. */
export function drawSequence(models: Models, [mode, steps, placement, places]: Drawn): Sequence {
  const modes = MODES[models.schema]
  const chosen = modes[mode % modes.length] ?? 'rows'
  const stored = PLACEMENTS[placement % PLACEMENTS.length] ?? 'mixed'
  return {
    mode: chosen,
    steps: steps.map((numbers, at) => ({
      ...drawStep(models, chosen, new Draw(numbers)),
      place: placeOf(stored, places[at] ?? 0),
    })),
  }
}

function drawStep(models: Models, mode: Mode, draw: Draw): Omit<Step, 'place'> {
  const two = mode === 'bound' || mode === 'rows'
  const tenant = two ? drawTenant(models, draw) : '1'
  const setting: Setting = {
    draw,
    tenant,
    bound: mode === 'bound' || mode === 'ambient',
    pins: mode === 'rows',
    pinned: false,
    apart: mode === 'bound',
    givenIds: mode === 'bound',
    inside: false,
    nested: false,
  }
  const kind = draw.below(20)
  // More can be refused where rows have owner relations.
  if (kind < (models.schema === 'twin' ? 14 : 13)) return { kind: 'call', operations: [drawOperation(models, setting)] }
  if (kind < 15) return { kind: 'call', operations: [drawRefusal(models, setting)] }
  const several = (inside: boolean) =>
    Array.from({ length: 1 + draw.below(3) }, () => drawOperation(models, { ...setting, inside }))
  if (kind < 16) return { kind: 'batch', operations: several(true) }
  if (kind < 18) return { kind: 'interactive', operations: several(true), fails: draw.chance(25) }
  return { kind: 'concurrent', operations: drawConcurrent(models, setting) }
}

/** The shared tenant less often than others: of most models there are no rows of it. */
function drawTenant({ tenants }: Models, draw: Draw): string {
  return draw.pick(draw.chance(70) ? TENANTS : tenants)
}

/** Reads do not disturb each other. Writes of two tenants must not either, where the database lets both be made at once. */
function drawConcurrent(models: Models, setting: Setting): Operation[] {
  const { draw } = setting
  // Rows that all tenants share are written by one call at a time.
  if (setting.apart && models.schema === 'twin' && models.provider !== 'sqlite' && draw.chance(50)) {
    return TENANTS.map((tenant) => drawOperation(models, { ...setting, tenant }))
  }
  const operations: Operation[] = []
  for (let left = 2 + draw.below(3); left > 0; left--) {
    const tenant = setting.apart || setting.pins ? drawTenant(models, draw) : setting.tenant
    operations.push(drawOperation(models, { ...setting, tenant }, READS))
  }
  return operations
}
