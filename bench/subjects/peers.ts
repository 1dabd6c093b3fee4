import { createRequire } from 'node:module'

const require = createRequire(new URL('../peers/package.json', import.meta.url))

/** A package of `bench/peers/package.json`, which may not be installed; its types are written down by who uses it. */
export function loadPeer(name: string): unknown {
  return require(name)
}

/** As `bench/peers/package.json` pins it. */
export function peerVersion(name: string): string {
  const { dependencies } = require('./package.json') as { dependencies: Record<string, string> }
  return dependencies[name] ?? 'of unknown version'
}
