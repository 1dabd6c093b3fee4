import type { RowKey } from '../../databases/index.js'
import type { Model } from '../../prisma/query/index.js'
import { invalid } from '../jobs/job-options.js'

/** A primary key: its value, or of a compound one `{ region: 'eu', code: 7 }`. Text is also accepted for a number. */
export type RowId = IdPart | Readonly<Record<string, IdPart>>

/** The value of one field of a primary key. */
export type IdPart = string | number | bigint | Date | Uint8Array

/** The key of a row as the database writes it. Throws `ENVELOPE_CONFIG_INVALID`. */
export function rowKey(
  verb: string,
  model: Model,
  name: string,
  id: RowId,
  text: (value: unknown) => string | undefined,
): RowKey {
  const [first, ...more] = model.key
  if (first === undefined) throw invalid(verb, `${model.name} has no primary key`, model.name)
  const parts: Readonly<Record<string, unknown>> = isParts(id) ? id : { [first]: id }
  if (!isParts(id) && more.length > 0) throw needsParts(verb, model, name)
  const unknown = Object.keys(parts).find((part) => !model.key.includes(part))
  if (unknown !== undefined) throw needsParts(verb, model, name)
  return model.key.map((field) => {
    const value = typed(model, field, parts[field])
    if (value === undefined) throw needsParts(verb, model, name)
    const written = text(value)
    if (written !== undefined) return written
    throw invalid(verb, `on this database, rows cannot be named by a primary key of the type of ${field}`, model.name)
  })
}

function isParts(id: RowId): id is Readonly<Record<string, IdPart>> {
  return typeof id === 'object' && id !== null && !(id instanceof Date) && !(id instanceof Uint8Array)
}

/** In the type of its field. `undefined` for what is not of it. */
function typed({ fields }: Model, field: string, value: unknown): unknown {
  const entry = fields.get(field)
  const type = entry?.kind === 'scalar' ? entry.type : undefined
  const isWhole = (given: unknown): boolean => typeof given === 'string' && /^-?\d{1,30}$/.test(given)
  switch (type) {
    case 'Int':
      return Number.isSafeInteger(value) ? value : isWhole(value) ? Number(value) : undefined
    case 'BigInt':
      if (typeof value === 'bigint') return value
      return Number.isSafeInteger(value) || isWhole(value) ? BigInt(value as string | number) : undefined
    case 'DateTime': {
      const time = value instanceof Date ? value : typeof value === 'string' ? new Date(value) : undefined
      return time === undefined || Number.isNaN(time.getTime()) ? undefined : time
    }
    case 'Bytes':
      return value instanceof Uint8Array ? value : undefined
    case 'Decimal':
    case 'Float':
      return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
    default:
      return typeof value === 'string' ? value : undefined
  }
}

function needsParts(verb: string, { name: model, key }: Model, name: string): Error {
  const form = key.length === 1 ? `the value of ${key[0]}` : `{ ${key.join(', ')} }`
  return invalid(verb, `\`${name}\` must be the primary key of a ${model}: ${form}, in the types of the schema`, model)
}
