/**
 * Shows that the twin test would notice: breaks one rule of `src/prisma/query/` at a time, in a copy of the sources, and runs
 * sequences until they fail. `npx tsx test/twin/mutations.ts [database]`.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Mutation {
  readonly rule: string
  readonly file: string
  readonly from: string
  readonly to: string
}

const MUTATIONS: readonly Mutation[] = [
  {
    rule: 'filters inside AND, OR and NOT are walked',
    file: 'where.ts',
    from: 'for (const part of each(value)) walkWhere(call, model, part, tenant)',
    to: '',
  },
  {
    rule: '`not` goes to the index like the rest',
    file: 'index-tokens.ts',
    from: "if (isAbsent(value) || operator === 'mode') continue",
    to: "if (isAbsent(value) || operator === 'mode' || operator === 'not') continue",
  },
  {
    rule: '`{ set }` holds the value',
    file: 'write.ts',
    from: "const [holder, key] = wrapped ? [value, 'set'] : [data, field.field]",
    to: 'const [holder, key] = [data, field.field]',
  },
  {
    rule: 'a new value has a new token',
    file: 'write.ts',
    from: 'for (const index of indexes) planToken(call, index, tenant, data, index.field, plain)',
    to: 'if (holder !== data) return\n  for (const index of indexes) planToken(call, index, tenant, data, index.field, plain)',
  },
  {
    rule: 'null empties the index',
    file: 'write.ts',
    from: 'for (const index of indexes) data[index.field] = null',
    to: '',
  },
  {
    rule: 'connectOrCreate.create is sealed',
    file: 'write.ts',
    from: 'perhaps(call, () => planCreate(call, target, part.create, inherited))',
    to: '',
  },
  {
    rule: 'the data of a nested update is sealed',
    file: 'write.ts',
    from: 'planUpdate(call, target, part, part.data, inherited)\n  lockUnique',
    to: 'lockUnique',
  },
  {
    rule: 'upsert.update is sealed',
    file: 'plan.ts',
    from: 'planUpdate(call, model, args, args.update, ROOT)',
    to: '',
  },
  {
    rule: 'every row is opened',
    file: 'own-rows.ts',
    from: 'at < result.length',
    to: 'at < Math.min(result.length, 1)',
  },
  {
    rule: 'related rows are opened',
    file: 'own-rows.ts',
    from: 'if (nested === undefined || nested === null) continue\n    const taken',
    to: 'if (nested !== undefined) continue\n    const taken',
  },
  {
    rule: 'a cursor is a filter',
    file: 'read.ts',
    from: 'walkUniqueWhere(call, model, args.cursor, tenant)',
    to: '',
  },
  {
    rule: '_count is under the lock',
    file: 'read.ts',
    from: 'const where = lockedFilter(call, target, args.where)\n    if (where === args.where) continue',
    to: 'const where = args.where\n    if (where === args.where) continue',
  },
  {
    rule: '`every` passes over rows of other tenants',
    file: 'lock.ts',
    from: 'filter.every = { OR: [{ AND: own }, { NOT: lock }] }',
    to: 'filter.every = { AND: own }',
  },
]

const root = fileURLToPath(new URL('../../', import.meta.url))
const [database = 'sqlite', only] = process.argv.slice(2)
const RUNS = '2000'
let survivors = 0

for (const mutation of MUTATIONS.filter(({ rule }) => only === undefined || rule.includes(only))) {
  const caught = sequencesUntilCaught(mutation)
  if (caught === undefined) survivors += 1
  console.log(
    `${caught === undefined ? 'SURVIVES' : `caught after ${caught.after}`}: ${mutation.rule} (${mutation.file}). ${caught?.what ?? ''}`,
  )
}
process.exitCode = survivors === 0 ? 0 : 1

/** Runs the twin test on sources that break one rule. */
function sequencesUntilCaught({ file, from, to }: Mutation): { after: number; what: string } | undefined {
  const folder = mkdtempSync(join(root, '.twin-mutant-'))
  try {
    copySources(folder)
    const path = join(folder, 'src', 'query', file)
    const source = readFileSync(path, 'utf8')
    if (source.split(from).length !== 2) throw new Error(`${file} has no single place for: ${from}`)
    writeFileSync(path, source.replace(from, to))
    const args = [join('test', 'twin', 'main.ts'), '--db', database, '--runs', RUNS, '--seed', '1', '--as-drawn']
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', ...args], {
      cwd: folder,
      encoding: 'utf8',
    })
    if (stdout.includes('sequences done') === false) throw new Error(`The twin test did not start:\n${stderr}`)
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
