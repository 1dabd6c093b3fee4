import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const nodeModules = join(root, 'node_modules')

/** What these scripts remember and make; gone with `node_modules`, so never stale. */
export const cache = join(nodeModules, '.cache', 'prisma-envelope')
