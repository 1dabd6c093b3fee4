import { createHash } from 'node:crypto'
import { pslPieces } from './psl.js'

/**
 * A digest of all in a Prisma schema that the model map is made of: its models and the comments that hold annotations.
 *
 * The generator puts it into the map, and the extension computes it of the schema that the client carries: an annotation
 * that only one of them has seen would leave a column in clear. The order of files and blocks does not count, nor does
 * layout, prose, `generator` and `datasource`.
 */
export function schemaDigest(source: string): string {
  const blocks: string[] = []
  let block: string[] = []
  let skipped = false
  for (const line of meaningfulLines(source)) {
    if (/^(generator|datasource)\b/.test(line)) skipped = true
    block.push(line)
    if (!/^\}|^\w+ \w+ ?\{ ?\}/.test(line)) continue
    if (!skipped) blocks.push(block.join('\n'))
    block = []
    skipped = false
  }
  return createHash('sha256').update(blocks.sort().join('\n')).digest('hex').slice(0, 16)
}

/** Lines of code and annotations with their white space evened out. Which line a comment is on says which field it is for. */
function meaningfulLines(source: string): string[] {
  let text = ''
  for (const { 0: piece, groups = {} } of source.matchAll(pslPieces)) {
    const isComment = groups.line !== undefined || groups.block !== undefined
    if (!isComment || piece.includes('@encrypted')) text += piece
  }
  return text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
}
