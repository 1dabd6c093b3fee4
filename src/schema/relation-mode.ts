import type { Database } from '../databases/index.js'
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

/** The action that keeps a row which others refer to: where Prisma's client acts for the foreign keys, it has the same name everywhere. */
export function restrictIn({ restrict }: Database, emulated: boolean): string {
  return emulated ? 'Restrict' : restrict
}
