import { expect, test } from 'vitest'
import { compilePsl, patient } from '../schema/compile-psl.js'
import { blocksOf, page, pagesIn } from './documentation.js'

// Whole schemas are generated in readme.test.ts; these are the models and the columns that pages show alone.
const fragments = ['README.md', ...pagesIn('docs')].flatMap((path) =>
  blocksOf(page(path))
    .filter(({ language, text }) => language === 'prisma' && !text.includes('datasource'))
    .map(({ text }) => ({ path, text, provider: path === 'docs/databases.md' ? 'mysql' : 'postgresql' })),
)

test.each(fragments)('prisma generate accepts the fragment in $path: $text', async ({ text, provider }) => {
  const blocks = text.includes('model ') ? text : patient(`email String /// @encrypted\n${text}`)
  const { map, warnings } = await compilePsl(blocks, { provider, withSource: true, sharedTenant: 'main' })
  expect(Object.keys(map.models)).not.toEqual([])
  // It says what is left to do.
  const expected = text.includes('write: plain') ? [expect.stringContaining('prisma-envelope eject')] : []
  expect(warnings).toEqual(expected)
})
