import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../generator/prisma-generate.js'

/** A fenced block of a Markdown page. */
export interface Block {
  readonly language: string
  /** The file that its first line names, as `// src/db.ts`, with what is said behind it. */
  readonly file: string | undefined
  readonly text: string
}

export const page = (path: string): string => readFileSync(join(repository, path), 'utf8')

/** The Markdown pages in a folder of the repository and below it. */
export const pagesIn = (folder: string): string[] =>
  readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
    .map((path) => join(folder, path))

export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    file: /^\/\/ (\S+\.(?:ts|prisma).*)\n/.exec(text)?.[1],
    text,
  }))
}

/** The blocks of the pages that lead from an empty folder to an application on PostgreSQL and AWS KMS. */
export const guide: readonly Block[] = [
  'docs/getting-started.md',
  'docs/kms.md',
  'docs/options.md',
  'docs/existing-data.md',
].flatMap((path) => blocksOf(page(path)))

/** A fragment of a file that another block has in full. */
export const isFragment = ({ file }: Block): boolean => file?.endsWith(', in part') ?? false

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
