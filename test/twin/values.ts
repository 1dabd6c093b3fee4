import type { Draw } from '../prisma/query/draw.js'
import { isOwned, type Model, type Scalar, SHARED } from './models.js'

/**
 * The values that are drawn: few of each kind, so that they meet each other, unique indexes and filters.
 *
 * Every secret holds the mark: ten digits that no normalizer changes and nothing else contains.
 */
export const MARK = '7390518264'

/** What is known of a call while its arguments are drawn. */
export interface Setting {
  readonly draw: Draw
  /** Whose rows the call is about. */
  readonly tenant: string
  /** Whether the client is bound to the tenant, so that the second lock holds. */
  readonly bound: boolean
  /** Whether nothing but the arguments says the tenant. */
  readonly pins: boolean
  /** Whether the filter around says the tenant. */
  readonly pinned: boolean
  /** Whether two tenants share the encrypted twin and each has a plain one: models of no tenant are then left alone. */
  readonly apart: boolean
  /** Whether every id is given, since those that the database makes would differ. */
  readonly givenIds: boolean
  /** Whether the call is made inside an interactive transaction. */
  readonly inside: boolean
  /** Whether what is drawn is read along a relation. */
  readonly nested: boolean
  /** Whether that relation keeps it with the row above: only of interest where it is nested. */
  readonly kept?: boolean
  /** How many ids in a hundred are of other tenants' rows, which to a bound client are not there. */
  readonly strays?: number
  /** Whether a filter must not name the shared tenant where the call is for another: it finds nothing, or is a conflict. */
  readonly ownOnly?: boolean
}

const SPELLINGS = [
  (name: string) => `${name}.${MARK}@example.com`,
  (name: string) => ` ${name.toUpperCase()}.${MARK}@Example.com`,
  // The name's last character: of two tenants that must not meet, they differ in it.
  (name: string) => `+${name.charCodeAt(name.length - 1)} (${MARK.slice(0, 3)}) ${MARK}`,
  (name: string) => `${name}-ÅΩ漢🙂-${MARK}\n`,
  (name: string) => `e\u0301_%${name}@${MARK}.ΟΔΟΣ`,
  (name: string) => `Σ%${MARK}@${name}@e\u0301.io`,
]

/** A value for a field: never null, and for an encrypted one always with the mark, but for those without room. */
export function drawValue(setting: Setting, model: Model, field: Scalar): unknown {
  return field.list ? drawList(setting, model, field) : drawOne(setting, model, field)
}

export function drawList(setting: Setting, model: Model, field: Scalar): unknown[] {
  return Array.from({ length: setting.draw.below(4) }, () => drawOne(setting, model, field))
}

export function drawOne({ draw, tenant, apart }: Setting, model: Model, field: Scalar): unknown {
  if (field.values !== undefined) return draw.pick(field.values)
  if (field.name === model.tenant?.name) return tenantValue(field, tenant)
  // Two tenants that each have a plain twin can only meet in what is unique over all of them.
  const meets = field.indexes.some(({ scope }) => scope === 'global') || (field.unique && isOwned(model))
  const whose = apart && meets ? tenant : ''
  switch (field.type) {
    case 'String':
      if (field.encrypted) return drawSecretText(draw, whose, model.shared ? 3 : NAMES.length)
      return field.unique ? `${draw.pick(['a', 'B'])}${draw.below(20)}${whose}` : draw.pick(['a', 'b', 'B', 'ü', ''])
    case 'Int':
      return draw.pick([1, 2, 3, 0, -5, 100])
    case 'Bytes':
      return drawBytes(draw, field)
    case 'Json':
      return drawJson(draw, field.encrypted ? MARK : 'json')
    case 'DateTime':
      return new Date(Date.UTC(2026, draw.below(12), 1 + draw.below(28)))
    default:
      throw new Error(`There are no values for ${model.name}.${field.name}`)
  }
}

const NAMES = ['ann', 'bob', 'eve', 'dan', 'fay', 'gil', 'hal', 'ivy']

/** @param names how many of them to choose from: shared rows are few, and should be found. */
function drawSecretText(draw: Draw, whose: string, names: number): string {
  if (draw.chance(4) && whose === '') return ''
  // Long enough for another page of the database, or for a base64 that ends in another way.
  if (draw.chance(4)) return `${MARK}${'x'.repeat(draw.below(3000))}${whose}`
  return draw.pick(SPELLINGS)(`${draw.pick(NAMES.slice(0, names))}${whose}`)
}

function drawBytes(draw: Draw, field: Scalar): Uint8Array {
  if (!field.encrypted) return new Uint8Array([draw.below(3)])
  if (draw.chance(5)) return new Uint8Array()
  return new Uint8Array(Buffer.from(`${MARK}\u0000${draw.below(3)}`))
}

function drawJson(draw: Draw, mark: string): unknown {
  return draw.pick<() => unknown>([
    () => ({ m: mark }),
    () => [mark, 1, null, { a: [] }],
    () => mark,
    () => ({ set: mark }),
    () => ({ data: { where: { id: mark } }, select: true }),
    () => ({ create: { email: mark }, equals: { not: null } }),
    () => ({}),
    () => [],
    () => 0,
    () => -12.5,
    () => false,
    () => '',
    () => ({ deep: { deep: { deep: [[[mark]]] } }, 'ü"\\': '\u2028' }),
    () => `pe1:${mark}`,
  ])()
}

/** What a tenant column contains: NULL in a shared row. */
export function tenantValue(field: Scalar, tenant: string): string | number | null {
  if (tenant === SHARED && !field.required) return null
  return field.type === 'Int' ? Number(tenant) : tenant
}

/** How many ids are drawn of one model and tenant; the first {@link SEEDED} are there from the start. */
export const IDS = 12
export const SEEDED = 3

/** The id of a row. Those of two tenants never coincide; models without tenant have ids of their own. */
export function idOf(model: Model, tenant: string, n: number): string | number {
  const [key = ''] = model.tenant !== undefined && model.key.length > 1 ? model.key.slice(1) : model.key
  // The tenant itself.
  if (key === model.tenant?.name) return tenant
  const whose = !isOwned(model) || tenant === SHARED ? '9' : tenant
  const { type } = model.scalars.find(({ name }) => name === key) ?? { type: 'String' }
  return type === 'Int' ? Number(whose) * 1000 + n : `${model.name.toLowerCase()}-${whose}-${n}`
}

export function drawId({ draw, tenant, strays }: Setting, model: Model): string | number {
  const whose =
    strays !== undefined && model.owners.length > 1 && draw.chance(strays) ? draw.pick(model.owners) : tenant
  // A row that is itself the tenant says which tenant owns it.
  const owner = model.key.includes(model.tenant?.name ?? '') ? tenant : whose
  return idOf(model, owner, draw.chance(80) ? 1 + draw.below(SEEDED) : 1 + draw.below(IDS))
}

/** An id for a row to create, which mostly is not there yet. */
export function drawNewId({ draw, tenant }: Setting, model: Model): string | number {
  return idOf(model, tenant, draw.chance(90) ? SEEDED + 1 + draw.below(IDS - SEEDED) : 1 + draw.below(SEEDED))
}

/** Where each tenant has a plain twin of its own, a bound client may ask for any row. */
export function withStrays(setting: Setting, percent: number): Setting {
  return setting.apart && setting.bound ? { ...setting, strays: percent } : setting
}
