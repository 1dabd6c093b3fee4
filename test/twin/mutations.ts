/**
 * Shows that the twin test would notice: breaks one rule of `src/prisma/query/` at a time, in a copy of the sources, and
 * runs sequences until they fail. `npx tsx test/twin/mutations.ts [database [part of the rule [schema]]]`.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutation.js'
import { OWNER_MUTATIONS } from './owner-mutations.js'

const TENANT_MUTATIONS: readonly Omit<Mutation, 'schema'>[] = [
  {
    rule: 'filters inside AND, OR and NOT are walked',
    file: 'where.ts',
    from: 'for (const part of each(value)) walkWhere(walk, part, key)',
    to: '',
  },
  {
    rule: '`not` goes to the index like the rest',
    file: 'index-tokens.ts',
    from: "if (isAbsent(value) || operator === 'mode') continue",
    to: "if (isAbsent(value) || operator === 'mode' || operator === 'not') continue",
  },
  {
    rule: '`mode: insensitive` takes an index that ignores case',
    file: 'index-tokens.ts',
    from: 'return usableOf(model, field, indexes, tenant)[0]',
    to: 'return usableOf(model, field, model.indexes.get(field) ?? [], tenant)[0]',
  },
  {
    rule: '`{ set }` holds the value',
    file: 'values.ts',
    from: "const [holder, key] = inSet ? [written, 'set'] : [data, field.field]",
    to: 'const [holder, key] = [data, field.field]',
  },
  {
    rule: 'a new value has a new token',
    file: 'values.ts',
    from: 'for (const index of indexes) planToken(row, index, data, value)',
    to: 'if (holder !== data) return\n  for (const index of indexes) planToken(row, index, data, value)',
  },
  {
    rule: 'null empties the index',
    file: 'values.ts',
    from: 'for (const index of indexes) planNoToken(index, data)',
    to: '',
  },
  {
    rule: 'connectOrCreate.create is sealed',
    file: 'write.ts',
    from: "perhaps(walk.draft, () => planCreate(walk, ownValue(part, 'create')))",
    to: '',
  },
  {
    rule: 'the data of a nested update is sealed',
    file: 'write.ts',
    from: "planUpdate(walk, part, ownValue(part, 'data'), true)",
    to: '',
  },
  {
    rule: 'upsert.update is sealed',
    file: 'plan-call.ts',
    from: "planUpdate(walk, args, ownValue(args, 'update'), true)",
    to: 'planUpdate(walk, args, {}, true)',
  },
  {
    rule: 'every row is opened',
    file: 'result.ts',
    from: 'at < result.length',
    to: 'at < Math.min(result.length, 1)',
  },
  {
    rule: 'related rows are opened',
    file: 'result.ts',
    from: 'if (nested === undefined || nested === null) continue\n    const taken',
    to: 'if (nested !== undefined) continue\n    const taken',
  },
  {
    rule: 'a cursor is a filter',
    file: 'read.ts',
    from: "walkUniqueWhere(walk, ownValue(args, 'cursor'), 'cursor')",
    to: '',
  },
  {
    rule: '_count has the tenant filter',
    file: 'counts.ts',
    from: 'filterWhere(target, args)',
    to: '',
  },
  {
    rule: '`every` passes over rows of other tenants',
    file: 'tenant-filter.ts',
    from: 'given.every = { OR: [{ AND: own }, { NOT: tenant }] }',
    to: 'given.every = { AND: own }',
  },
]

const MUTATIONS: readonly Mutation[] = [
  ...TENANT_MUTATIONS.map((one) => ({ ...one, schema: 'twin' as const })),
  ...OWNER_MUTATIONS.map((one) => ({ ...one, schema: 'twin-company' as const })),
]

const root = fileURLToPath(new URL('../../', import.meta.url))
const [database = 'sqlite', only = '', schema = ''] = process.argv.slice(2)
const RUNS = process.env.TWIN_RUNS ?? '2000'
let survivors = 0

for (const mutation of MUTATIONS.filter((one) => one.rule.includes(only) && one.schema.endsWith(schema))) {
  const caught = sequencesUntilCaught(mutation)
  if (caught === undefined) survivors += 1
  console.log(
    `${caught === undefined ? 'SURVIVES' : `caught after ${caught.after}`}: ${mutation.rule} (${mutation.file}). ${caught?.what ?? ''}`,
  )
}
process.exitCode = survivors === 0 ? 0 : 1

/** Runs the twin test on sources that break one rule. */
function sequencesUntilCaught({ schema: of, file, from, to }: Mutation): { after: number; what: string } | undefined {
  const folder = mkdtempSync(join(root, '.twin-mutant-'))
  try {
    copySources(folder)
    const path = join(folder, 'src', 'prisma', 'query', file)
    const source = readFileSync(path, 'utf8')
    if (source.split(from).length !== 2) throw new Error(`${file} has no single place for: ${from}`)
    writeFileSync(path, source.replace(from, to))
    const twins = ['--schema', of, '--db', database]
    const args = [join('test', 'twin', 'main.ts'), ...twins, '--runs', RUNS, '--seed', '1', '--as-drawn']
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', ...args], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (!stdout.includes('sequences done')) {
      if (!/Envelope\w*Error/.test(stderr)) throw new Error(`The twin test did not start:\n${stderr}`)
      return { after: 0, what: 'The rows at the start cannot be made' }
    }
    const [, chunk = '0', what = '', within] = /\((\d+) before\) (.*)[\s\S]*After (\d+) sequences/.exec(stderr) ?? []
    return within === undefined ? undefined : { after: Number(chunk) + Number(within), what }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function copySources(folder: string): void {
  for (const name of ['src', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  const generated = join(root, 'test', 'generated')
  cpSync(join(root, 'test'), join(folder, 'test'), { recursive: true, filter: (path) => path !== generated })
  symlinkSync(generated, join(folder, 'test', 'generated'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
}
