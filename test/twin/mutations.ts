/**
 * Shows that the twin test would notice: breaks one rule at a time, most of `src/prisma/query/`, in a copy of the sources, and
 * runs sequences until they fail. `npx tsx test/twin/mutations.ts [database [part of the rule [schema]]]`.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MUTATIONS } from './all-mutations.js'
import type { Mutation } from './mutation.js'

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
