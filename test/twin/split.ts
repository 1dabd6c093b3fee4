import { inspect } from 'node:util'
import { type Index, SHARED } from './models.js'

/**
 * Arguments for both twins in one tree. They are the same but for two kinds of leaves: a `Token`, which each twin knows
 * in its own way, and a `Split`, in whose place each has entries of its own.
 */
export type Node = unknown
export type Tree = Record<string, Node>

/** The index token of a value: the library's for the encrypted twin, the oracle's for the plain one. */
export class Token {
  /** What the library says; filled in before the arguments are rendered. */
  real: Uint8Array | undefined

  constructor(
    readonly index: Index,
    readonly tenant: string,
    readonly value: unknown,
    /** Of an index of a part: what a filter is given, and not a whole value. */
    readonly sought = false,
  ) {}
}

/** The token of a value in a row of this tenant, or in a shared one. */
export function tokenOf(index: Index, tenant: string, value: unknown, sought = false): Token {
  return new Token(index, index.shared ? SHARED : tenant, value, sought)
}

/** Stands at any key of an object, and is replaced by the entries of one side. */
export class Split {
  constructor(
    readonly encrypted: Tree,
    readonly plain: Tree,
  ) {}
}

export type Side = 'encrypted' | 'plain'

/** A fresh copy of the arguments for one twin. */
export function render(node: Node, side: Side, rendered: (token: Token) => unknown): Node {
  if (node instanceof Token) return rendered(node)
  if (Array.isArray(node)) return node.map((item) => render(item, side, rendered))
  if (!isTree(node)) return node
  const tree: Tree = {}
  for (const [key, value] of Object.entries(node)) {
    if (value instanceof Split) Object.assign(tree, render(value[side], side, rendered))
    else tree[key] = render(value, side, rendered)
  }
  return tree
}

export function isTree(node: unknown): node is Tree {
  return typeof node === 'object' && node !== null && Object.getPrototypeOf(node) === Object.prototype
}

/** All tokens in the arguments of the encrypted twin. */
export function tokensIn(node: Node, found: Token[] = []): Token[] {
  if (node instanceof Token) found.push(node)
  else if (node instanceof Split) tokensIn(node.encrypted, found)
  else if (Array.isArray(node)) for (const item of node) tokensIn(item, found)
  else if (isTree(node)) for (const item of Object.values(node)) tokensIn(item, found)
  return found
}

/** Arguments as one would write them for the encrypted client. */
export function show(node: Node): string {
  const written = render(node, 'encrypted', ({ index, value }) => ({
    [inspect.custom]: () =>
      `await prisma.$encryption.index('${index.model}', '${index.source}', ${inspect(value)}, { index: '${index.column}' })`,
  }))
  return inspect(written, { depth: 40, breakLength: 110, maxStringLength: null, maxArrayLength: null })
}
