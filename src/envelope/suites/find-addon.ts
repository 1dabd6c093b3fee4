import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const PACKAGE = 'prisma-envelope'
const ADDON = join('prebuilds', `${process.platform}-${process.arch}`, 'aes-256-gcm.node')

/**
 * Loads the addon of this package, and of no other: once an application is bundled, this code is in one of the
 * application's files, and what is beside that file is not ours. In that case the package is resolved by its name.
 *
 * Throws if there is no addon, or none for this platform.
 */
export function loadAddon(): unknown {
  const require = createRequire(ownFile())
  // In the package everything is one file in `dist/`; in the sources this file is three folders down.
  const root = ['..', '../../..'].find((folder) => nameOf(require, folder) === PACKAGE)
  if (root !== undefined) return require(join(dirname(require.resolve(`${root}/package.json`)), ADDON))
  return require(join(dirname(require.resolve(`${PACKAGE}/package.json`)), ADDON))
}

function nameOf(require: NodeJS.Require, folder: string): unknown {
  try {
    const { name }: { name?: unknown } = require(`${folder}/package.json`)
    return name
  } catch {
    return undefined
  }
}

/** Bundlers that turn this into CommonJS leave `import.meta` empty. */
function ownFile(): string {
  const url: string | undefined = import.meta.url
  return url ?? __filename
}
