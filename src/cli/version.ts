import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The version in our own `package.json`, which is in a folder above this file, built or not. */
export function packageVersion(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) {
      const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
      if (isOurs(content)) return content.version
    }
    if (folder === dirname(folder)) return 'unknown'
  }
}

function isOurs(content: unknown): content is { version: string } {
  if (typeof content !== 'object' || content === null) return false
  if (!('name' in content) || content.name !== 'prisma-envelope') return false
  return 'version' in content && typeof content.version === 'string'
}
