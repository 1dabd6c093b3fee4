import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const src = new URL('../src/', import.meta.url)

/** The core, which another data layer than Prisma's could stand on. */
const floors = ['tenancy', 'envelope', 'kms', 'values', 'databases', 'keys', 'search', 'leaves']

/** By name, and by the members that tell Prisma's own objects apart. */
const prisma =
  /@prisma\/|\b_getName|\b_getNamespace|\bifUndefined|\b_toGraphQLInputType|\$(query|execute)Raw|__internalParams|PrismaPromise/

describe.each(floors)('no file of %s', (floor) => {
  it('knows Prisma, by name or by shape', () => {
    const files = readdirSync(new URL(`${floor}/`, src), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    expect(files).not.toEqual([])
    const knowing = files.filter((name) => prisma.test(readFileSync(new URL(`${floor}/${name}`, src), 'utf8')))
    expect(knowing).toEqual([])
  })
})
