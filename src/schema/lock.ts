import { logicalName } from './grammar.js'
import { type Problem, schemaError } from './problems.js'

/**
 * The lock file: a small committed file that keeps the logical name of each encrypted field and index column.
 *
 * A logical name is part of what every envelope authenticates (and of each index's subkey), so that data written
 * before a model or field was renamed opens only under the old one. The generator writes the file where it is missing
 * or has changed, also in CI; a job that finds the checkout dirty after `prisma generate` has found a lock file that
 * somebody forgot to commit.
 */
export interface Lock {
  readonly version: 1
  /** From the field's present place, `Model.field`, to its logical name. */
  readonly names: ReadonlyMap<string, string>
}

export const emptyLock: Lock = { version: 1, names: new Map() }

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
  readonly lock: Lock
  readonly problems: readonly Problem[]
}

/**
 * Gives each claim its logical name. `exists` tells whether the schema has a model (one argument) or a field.
 *
 * An entry whose field is gone is kept, since its data may still be there, until a renamed field takes it over by
 * `as`. A new field beside such an entry may be a renamed one, which only the developer can tell.
 */
export function resolveNames(
  lock: Lock,
  claims: readonly Claim[],
  exists: (model: string, field?: string) => boolean,
): ResolvedNames {
  const places = new Set(claims.map(placeOf))
  const entries = new Map(lock.names)
  const names = new Map<string, string>()
  const problems: Problem[] = []
  const refuse = ({ model, field }: Claim, message: string): void => {
    problems.push({ model, field, message })
  }
  const holderOf = (name: string): string | undefined => [...entries].find(([, held]) => held === name)?.[0]

  for (const claim of claims.filter((known) => lock.names.has(placeOf(known)))) {
    const held = lock.names.get(placeOf(claim)) ?? ''
    if (claim.as !== undefined && claim.as !== held) {
      refuse(
        claim,
        `\`as: "${claim.as}"\` contradicts the lock file: its data are sealed as "${held}". Write \`as: "${held}"\` instead, or nothing.`,
      )
    } else {
      names.set(placeOf(claim), held)
    }
  }

  // Those that say their name come first: a renamed field takes its entry away before the others look for gone ones.
  const fresh = claims.filter((claim) => !lock.names.has(placeOf(claim)))
  for (const claim of fresh.filter(({ as }) => as !== undefined)) {
    const name = claim.as ?? ''
    const holder = holderOf(name)
    if (holder !== undefined && places.has(holder)) {
      refuse(
        claim,
        `${holder} has the logical name "${name}" already. Write \`as: "${freeName(claim, entries)}"\` instead.`,
      )
      continue
    }
    if (holder !== undefined) entries.delete(holder)
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
        `it is new, and ${lines} of the lock file is gone. If it was renamed, write ${renamed} in its annotation, or its data ` +
          `cannot be opened. If it is really new, write \`as: "${freeName(claim, entries)}"\` instead, or remove the line of ${lines} from the lock file.`,
      )
    } else if (holder !== undefined) {
      refuse(
        claim,
        `${holder} has the logical name "${placeOf(claim)}" already. Write \`as: "${freeName(claim, entries)}"\` instead.`,
      )
    } else {
      entries.set(placeOf(claim), placeOf(claim))
      names.set(placeOf(claim), placeOf(claim))
    }
  }
  return { names, lock: { version: 1, names: entries }, problems }
}

/** Entries that this new field may be the renamed successor of, likeliest first. */
function goneBeside(
  claim: Claim,
  entries: ReadonlyMap<string, string>,
  lock: Lock,
  exists: (model: string, field?: string) => boolean,
): [place: string, name: string][] {
  const newModel = ![...lock.names.keys()].some((place) => partsOf(place)[0] === claim.model)
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

/** Reads a lock file. Throws `ENVELOPE_SCHEMA_INVALID` for one that is damaged, which is then left as it is. */
export function parseLock(text: string, file: string): Lock {
  const damaged = (what: string): Error =>
    schemaError([
      {
        model: file,
        message: `the lock file is damaged: ${what}. Write it as it was in the last commit instead; without it, renamed fields lose their data.`,
      },
    ])
  if (/^(<{7}|>{7}|={7})/m.test(text)) throw damaged('it holds the marks of a merge conflict')
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw damaged('it is not JSON')
  }
  if (typeof content !== 'object' || content === null || !('version' in content) || !('names' in content)) {
    throw damaged('it has no "version" and "names"')
  }
  if (content.version !== 1)
    throw damaged(`version ${JSON.stringify(content.version)} is not one that this release knows`)
  if (typeof content.names !== 'object' || content.names === null || Array.isArray(content.names)) {
    throw damaged('"names" is not an object')
  }
  const names = new Map<string, string>()
  const taken = new Map<string, string>()
  for (const [place, name] of Object.entries(content.names)) {
    if (!logicalName.test(place)) throw damaged(`${JSON.stringify(place)} is not of the form "Model.field"`)
    if (typeof name !== 'string' || !logicalName.test(name))
      throw damaged(`the name of ${place} is not of the form "model.field"`)
    const other = taken.get(name)
    if (other !== undefined) throw damaged(`${other} and ${place} have one logical name, "${name}"`)
    taken.set(name, place)
    names.set(place, name)
  }
  // A merge may leave a line twice, of which JSON.parse would silently take the last.
  const lines = text.match(/"[^"]*"\s*:/g)?.length ?? 0
  if (lines > Object.keys(content).length + names.size) throw damaged('a line stands in it twice')
  return { version: 1, names }
}

/** The file's text: sorted, so that branches merge line by line. */
export function serializeLock(lock: Lock): string {
  const sorted = [...lock.names].sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify({ version: lock.version, names: Object.fromEntries(sorted) }, null, 2)}\n`
}

export function sameLock(a: Lock, b: Lock): boolean {
  return a.names.size === b.names.size && [...a.names].every(([place, name]) => b.names.get(place) === name)
}

function placeOf({ model, field }: Claim): string {
  return `${model}.${field}`
}

function partsOf(place: string): [model: string, field: string] {
  const [model = '', field = ''] = place.split('.')
  return [model, field]
}
