import type { TestDatabase } from '../support/databases/contract.js'

export function quoted({ provider }: Pick<TestDatabase, 'provider'>, name: string): string {
  return provider === 'mysql' ? `\`${name}\`` : `"${name}"`
}
