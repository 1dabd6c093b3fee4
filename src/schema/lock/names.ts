import type { Problem } from '../problems.js'
import { type Lock, partsOf, placeOf } from './record.js'

/** An encrypted field or index column of the schema that needs a logical name. */
export interface Claim {
  readonly model: string
  readonly field: string
  /** `as: "…"` of its annotation. */
  readonly as?: string | undefined
}

export interface ResolvedNames {
  /** From `Model.field` to its logical name, for each claim that could be resolved. */
  readonly names: ReadonlyMap<string, string>
  /** The places of the lock file without a claim, and whose names no renamed field took over. */
  readonly unclaimed: readonly string[]
  /** From a renamed field's place to its place in the lock file. */
  readonly renamed: ReadonlyMap<string, string>
  readonly problems: readonly Problem[]
}

/**
 * Assigns each claim its logical name. `exists` returns whether the schema has a model (one argument) or a field.
 *
 * An entry whose field is gone is kept, since its data may still exist, until a renamed field takes it over by `as`. A new
 * field beside such an entry may be a renamed one; only the developer knows.
 */
export function resolveNames(
  lock: Lock,
  claims: readonly Claim[],
  exists: (model: string, field?: string) => boolean,
): ResolvedNames {
  const places = new Set(claims.map(placeOf))
  const entries = new Map([...lock.fields].map(([place, { as }]) => [place, as]))
  const names = new Map<string, string>()
  const renamed = new Map<string, string>()
  const problems: Problem[] = []
  const refuse = ({ model, field }: Claim, message: string): void => {
    problems.push({ model, field, message })
  }
  const holderOf = (name: string): string | undefined => [...entries].find(([, held]) => held === name)?.[0]

  for (const claim of claims.filter((known) => lock.fields.has(placeOf(known)))) {
    const held = lock.fields.get(placeOf(claim))?.as ?? ''
    if (claim.as !== undefined && claim.as !== held) {
      refuse(
        claim,
        `\`as: "${claim.as}"\` contradicts the lock file: its data is sealed as "${held}". Write \`as: "${held}"\` instead, or leave it out.`,
      )
    } else {
      names.set(placeOf(claim), held)
    }
  }

  // Claims with a name come first: a renamed field takes over its entry before the others look for gone ones.
  const fresh = claims.filter((claim) => !lock.fields.has(placeOf(claim)))
  for (const claim of fresh.filter(({ as }) => as !== undefined)) {
    const name = claim.as ?? ''
    const holder = holderOf(name)
    if (holder !== undefined && places.has(holder)) {
      refuse(
        claim,
        `${holder} already has the logical name "${name}". Write \`as: "${freeName(claim, entries)}"\` instead.`,
      )
      continue
    }
    if (holder !== undefined) {
      entries.delete(holder)
      renamed.set(placeOf(claim), holder)
    }
    entries.set(placeOf(claim), name)
    names.set(placeOf(claim), name)
  }
  for (const claim of fresh.filter(({ as }) => as === undefined)) {
    const gone = goneBeside(claim, entries, lock, exists)
    const holder = holderOf(placeOf(claim))
    if (gone.length > 0) {
      const renamed = gone.map(([, name]) => `\`as: "${name}"\``).join(' or ')
      const lines = gone.map(([place]) => place).join(', ')
      refuse(
        claim,
        `it is new, and ${lines} of the lock file is gone. If it was renamed, write ${renamed} in its annotation; otherwise its ` +
          `data cannot be opened. If it is really new, write \`as: "${freeName(claim, entries)}"\` instead, or remove the line of ${lines} from the lock file.`,
      )
    } else if (holder !== undefined) {
      refuse(
        claim,
        `${holder} already has the logical name "${placeOf(claim)}". Write \`as: "${freeName(claim, entries)}"\` instead.`,
      )
    } else {
      entries.set(placeOf(claim), placeOf(claim))
      names.set(placeOf(claim), placeOf(claim))
    }
  }
  const unclaimed = [...entries.keys()].filter((place) => !places.has(place))
  return { names, unclaimed, renamed, problems }
}

/** Entries whose field may have been renamed to this new one, the likeliest first. */
function goneBeside(
  claim: Claim,
  entries: ReadonlyMap<string, string>,
  lock: Lock,
  exists: (model: string, field?: string) => boolean,
): [place: string, name: string][] {
  const newModel = ![...lock.fields.keys()].some((place) => partsOf(place)[0] === claim.model)
  const gone = [...entries].filter(([place]) => {
    const [model, field] = partsOf(place)
    if (model === claim.model) return !exists(model, field)
    return newModel && !exists(model)
  })
  const sameField = gone.filter(([place]) => partsOf(place)[1] === claim.field)
  return sameField.length > 0 ? sameField : gone
}

function freeName(claim: Claim, entries: ReadonlyMap<string, string>): string {
  const taken = new Set(entries.values())
  for (let n = 1; ; n++) {
    const name = n === 1 ? placeOf(claim) : `${placeOf(claim)}${n}`
    if (!taken.has(name)) return name
  }
}
