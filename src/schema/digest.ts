import { createHash } from 'node:crypto'
import { pslPieces } from './psl.js'

/**
 * A digest of the parts of a Prisma schema from which the model map is made: models, and comments with annotations.
 *
 * The generator puts it into the map, and the extension computes it from the schema that the client carries: an annotation
 * that only one of them has seen would leave a column in plaintext. The order of files and blocks does not count, nor do
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

/** Lines of code and annotations with normalized white space. The line of a comment shows which field it is for. */
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
