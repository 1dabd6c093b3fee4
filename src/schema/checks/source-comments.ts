import { pslPieces } from '../psl.js'

/** A comment of the schema's text. */
export interface SourceComment {
  readonly kind: '//' | '///' | '/*'
  /** Without the slashes, trimmed. */
  readonly text: string
  /** Counted from 1. */
  readonly line: number
  /** Whether a field or block precedes it on its line. */
  readonly behindCode: boolean
  /** The block that it is in, or directly before. */
  readonly block?: Block | undefined
  /** The field that it follows on the same line, or precedes. */
  readonly field?: string | undefined
}

export interface Block {
  readonly keyword: string
  readonly name: string
}

type Loose = Omit<SourceComment, 'block' | 'field'>

const opening = /^(model|view|enum|type|generator|datasource)\s+(\w+)\s*\{/

/** All comments of a Prisma schema, with the block and field that they belong to. */
export function readComments(source: string): SourceComment[] {
  const found: SourceComment[] = []
  let pending: Loose[] = []
  let block: Block | undefined
  let code = ''
  let line = 1

  const attach = (to: { block?: Block | undefined; field?: string | undefined }): void => {
    for (const comment of pending) found.push({ ...comment, ...to })
    pending = []
  }
  const endLine = (): void => {
    const declared = code.trim()
    code = ''
    if (declared === '') return
    const [, keyword, name] = opening.exec(declared) ?? []
    if (keyword !== undefined && name !== undefined) {
      block = { keyword, name }
      attach({ block })
    } else if (declared.startsWith('}')) {
      attach({ block })
      block = undefined
    } else {
      attach({ block, field: /^[A-Za-z]\w*/.exec(declared)?.[0] })
    }
  }

  for (const { 0: piece, groups = {} } of source.matchAll(pslPieces)) {
    if (groups.line !== undefined) {
      const kind = piece.startsWith('///') ? '///' : '//'
      pending.push({ kind, text: piece.slice(kind.length).trim(), line, behindCode: code.trim() !== '' })
    } else if (groups.block !== undefined) {
      pending.push({ kind: '/*', text: piece.replace(/^\/\*|\*\/$/g, '').trim(), line, behindCode: code.trim() !== '' })
      line += piece.split('\n').length - 1
    } else if (groups.end !== undefined) {
      endLine()
      line += 1
    } else {
      code += piece
    }
  }
  endLine()
  attach({})
  return found
}
