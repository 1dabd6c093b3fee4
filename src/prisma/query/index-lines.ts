import type { EncryptedField, IndexField } from '../../leaves/index.js'
import { freeName } from '../../schema/free-name.js'
import { looksLowEntropy } from '../../schema/low-entropy.js'
import { ignoresCase, MANY_PARTS, type NormalizerName } from '../../search/index.js'
import type { Model } from './models.js'

/** Lines of a schema that add an index: as `prisma generate` accepts them, beside what the model has. */

/** What an index is proposed for. */
export interface Lack {
  readonly model: Model
  readonly encrypted: EncryptedField
  /** What no index of the field answers. */
  readonly operator: string
  /** Whether it is asked with `mode: 'insensitive'`. */
  readonly anyCase?: boolean
}

/** `emailIndex Bytes? /// @encrypted.index(email, normalize: [trim])`. */
export function wholeLine(lack: Lack): string {
  const { field } = lack.encrypted
  return lineOf(lack, [`${field}Index`, `${field}Token`, `${field}BlindIndex`], undefined, normalizersFor(lack))
}

/** A line, and the normalizers that it names. */
export interface PartLine {
  readonly line: string
  readonly normalize: readonly NormalizerName[]
}

/**
 * `emailFirst Bytes? /// @encrypted.index(email, part: first(3))`: the part that an index of the field has already, or else a
 * usual one. `undefined` for what no part answers.
 */
export function partLine(lack: Lack): PartLine | undefined {
  const { encrypted, operator } = lack
  const usual = USUAL.get(operator)
  if (usual === undefined) return undefined
  const part = answering(lack).find(({ definition }) => definition.part !== undefined)?.definition.part ?? usual
  const [, kind = '', length = ''] = /^(\w+)(?:\((\d+)\))?$/.exec(part) ?? []
  const base = `${encrypted.field}${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
  const normalize = normalizersFor(lack)
  return { line: lineOf(lack, [base, `${base}${length}`, `${base}${length}Index`], part, normalize), normalize }
}

/** The part that is proposed for an operator. */
const USUAL: ReadonlyMap<string, string> = new Map([
  ['startsWith', 'first(3)'],
  ['endsWith', 'last(4)'],
])

function lineOf(
  { model, encrypted: { field } }: Lack,
  names: readonly [string, ...string[]],
  part: string | undefined,
  normalize: readonly NormalizerName[],
): string {
  const parts = indexesOf(model, field).filter(({ definition }) => definition.part !== undefined)
  const options = [
    ...(part === undefined ? [] : [`part: ${part}`]),
    ...(normalize.length === 0 ? [] : [`normalize: [${normalize.join(', ')}]`]),
    ...(looksLowEntropy(field) ? ['lowEntropy: accepted'] : []),
    ...(part !== undefined && parts.length >= MANY_PARTS - 1 ? ['leaks: accepted'] : []),
  ]
  const name = freeName(names, (one) => model.fields.has(one))
  return `${name} Bytes? /// @encrypted.index(${[field, ...options].join(', ')})`
}

/**
 * The normalizers of the index beside which the new one is to be: with others, it would find other rows. Of the first that answers the
 * operator, or else of the first.
 */
function normalizersFor(lack: Lack): readonly NormalizerName[] {
  const [sibling] = [...answering(lack), ...indexesOf(lack.model, lack.encrypted.field)]
  const normalize = sibling?.definition.normalize ?? []
  return lack.anyCase === true && !ignoresCase(normalize) ? [...normalize, 'lowercase'] : normalize
}

function answering({ model, encrypted, operator }: Lack): readonly IndexField[] {
  return indexesOf(model, encrypted.field).filter(({ kind }) => Object.hasOwn(kind.operators, operator))
}

function indexesOf({ indexes }: Model, field: string): readonly IndexField[] {
  return indexes.get(field) ?? []
}
