import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { MUTATIONS } from './all-mutations.js'

test.each(MUTATIONS)('$file has one place where this rule can be broken: $rule', ({ file, from, to }) => {
  const source = readFileSync(new URL(`../../src/prisma/query/${file}`, import.meta.url), 'utf8')
  expect(source.split(from)).toHaveLength(2)
  expect(to).not.toBe(from)
})
