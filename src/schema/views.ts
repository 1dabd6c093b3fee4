import { pslPieces } from './psl.js'

/** The views of a schema: in Prisma's datamodel they look like models; only the text distinguishes them. */
export function viewsIn(source: string): ReadonlySet<string> {
  let code = ''
  for (const { groups = {} } of source.matchAll(pslPieces)) code += groups.code ?? groups.end ?? ''
  return new Set([...code.matchAll(/^[ \t]*view\s+(\w+)\s*\{/gm)].map(([, name = '']) => name))
}
