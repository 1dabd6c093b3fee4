import { describe, expect, test } from 'vitest'
import { page } from './documentation.js'

const source = page('src/errors/codes.ts') + page('src/errors.ts')
const documented = page('docs/errors.md')

describe('docs/errors.md', () => {
  test('has every class of errors, and each of its codes under it', () => {
    expect(codesByClass(documented)).toEqual(codesInSource())
  })

  test('says for each code when it comes and what to do', () => {
    for (const [row] of documented.matchAll(/^\| `ENVELOPE_.*$/gm)) {
      expect(row.split(' | ').map((cell) => cell.length > 10)).toEqual([true, true, true])
    }
  })
})

/** `export type KeyErrorCode = …` holds the codes of `EnvelopeKeyError`. */
function codesInSource(): Record<string, string[]> {
  return Object.fromEntries(
    [...source.matchAll(/export type (\w+)ErrorCode =([\s\S]*?)(?=\n\n)/g)]
      .filter(([, name]) => name !== 'Envelope')
      .map(([, name, codes = '']) => [`Envelope${name}Error`, codesIn(codes)]),
  )
}

function codesByClass(markdown: string): Record<string, string[]> {
  const sections = markdown.split(/^## /m).slice(1)
  return Object.fromEntries(
    sections.map((section) => {
      const name = /^`(\w+)`/.exec(section)?.[1] ?? section
      return [name, [...section.matchAll(/^\| `(ENVELOPE_\w+)`/gm)].map(([, code = '']) => code).sort()]
    }),
  )
}

function codesIn(text: string): string[] {
  return [...text.matchAll(/'(ENVELOPE_\w+)'/g)].map(([, code = '']) => code).sort()
}
