import type { CpuProfile } from './cpu-profile.js'

/** Where time is spent, as the tables name it. */
export const PLACES = [
  'waiting for PostgreSQL',
  'Prisma',
  'the driver, pg',
  'Node.js',
  'collecting garbage',
  'this library',
  'the benchmark',
] as const
export type Place = (typeof PLACES)[number]

export interface Spent {
  /** Milliseconds by place. */
  readonly places: ReadonlyMap<Place, number>
  /** Of this library, milliseconds by function, what it calls of Node and V8 included. */
  readonly functions: ReadonlyMap<string, number>
  /** Of Prisma, likewise; its names are minified. */
  readonly inPrisma: ReadonlyMap<string, number>
}

type Node = CpuProfile['nodes'][number]

/** Adds up a profile's samples by the code that was running: what is built in counts for whoever called it. */
export function spentIn({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Spent {
  const own = new Map<number, number>()
  samples.forEach((id, i) => {
    own.set(id, (own.get(id) ?? 0) + (timeDeltas[i] ?? 0) / 1_000)
  })
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const places = new Map<Place, number>()
  const functions = new Map<string, number>()
  const inPrisma = new Map<string, number>()
  const visit = (node: Node, above: Place, caller: string): void => {
    const builtIn = placeOf(node) === undefined
    const place = placeOf(node) ?? above
    // A callback without a name counts for the function that has it called.
    const name = builtIn ? caller : node.callFrame.functionName || caller
    const time = own.get(node.id) ?? 0
    places.set(place, (places.get(place) ?? 0) + time)
    const named = place === 'this library' ? functions : place === 'Prisma' ? inPrisma : undefined
    named?.set(name, (named.get(name) ?? 0) + time)
    for (const id of node.children ?? []) {
      const child = byId.get(id)
      if (child !== undefined) visit(child, place, name)
    }
  }
  const [root] = nodes
  if (root !== undefined) visit(root, 'Node.js', '')
  return { places, functions, inPrisma }
}

/** `undefined` for what is built into V8 or compiled from WebAssembly. */
function placeOf({ callFrame: { functionName, url } }: Node): Place | undefined {
  if (functionName === '(idle)') return 'waiting for PostgreSQL'
  if (functionName === '(garbage collector)') return 'collecting garbage'
  // Native code that no function of JavaScript waits for: mostly Node's event loop, reading and writing sockets.
  if (functionName === '(program)' || functionName === '(root)') return 'Node.js'
  if (url === '' || url.startsWith('wasm:')) return undefined
  if (url.includes('/.tmp-libraries/')) return 'this library'
  if (/\/node_modules\/pg(-[a-z]+)?\/|\/adapter-pg\//.test(url)) return 'the driver, pg'
  if (/\/node_modules\/@prisma\/|\/generated\/prisma\//.test(url)) return 'Prisma'
  // What streams and promises do themselves; `Buffer` and `crypto` count for who calls them.
  if (url.startsWith('node:'))
    return /^node:(buffer|crypto|internal\/(buffer|crypto|util))/.test(url) ? undefined : 'Node.js'
  return 'the benchmark'
}
