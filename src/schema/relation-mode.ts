import { pslPieces } from './psl.js'

/** Whether the datasource says `relationMode = "prisma"`: the database has no foreign keys, and Prisma's client acts for them. */
export function emulatesForeignKeys(source: string): boolean {
  let text = ''
  for (const { 0: piece, groups = {} } of source.matchAll(pslPieces)) {
    if (groups.line === undefined && groups.block === undefined) text += piece
  }
  const [, datasource = ''] = /^[ \t]*datasource\s+\w+\s*\{([^}]*)\}/m.exec(text) ?? []
  return /^[ \t]*relationMode\s*=\s*"prisma"/m.test(datasource)
}
