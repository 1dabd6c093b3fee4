import { databases } from '../../src/databases/index.js'
import { keyTableFields, typeOf } from '../../src/schema/key-table.js'

export type Provider = keyof typeof databases
export const providers = Object.keys(databases) as Provider[]

/** A field in place of the right one, or without it; `add` has lines for the end of the model. */
export interface Changes {
  readonly [field: string]: string | undefined
}

/** The two models as they must be, but for these changes. */
export function keyTable(provider: Provider, keys: Changes = {}, counts: Changes = {}): string {
  return `${keysModel(provider, keys)}\n${countsModel(provider, counts)}`
}

export function keysModel(provider: Provider, changes: Changes = {}, name = 'DataKey'): string {
  const unique = 'unique' in changes ? changes.unique : '@@unique([owner, seq])'
  return `/// @encrypted.keys\nmodel ${name} {\n${linesOf(provider, 'keys', changes)}\n${unique ?? ''}\n}`
}

export function countsModel(provider: Provider, changes: Changes = {}, name = 'DataKeyCount'): string {
  return `/// @encrypted.keyCounts\nmodel ${name} {\n${linesOf(provider, 'counts', changes)}\n}`
}

function linesOf(provider: Provider, part: 'keys' | 'counts', changes: Changes): string {
  const lines = keyTableFields[part].map((field) =>
    field.name in changes ? (changes[field.name] ?? '') : `${field.name} ${typeOf(databases[provider], field)}`,
  )
  return [...lines, changes.add ?? ''].join('\n')
}
