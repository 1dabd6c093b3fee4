/**
 * Compiles an annotated Prisma schema as `prisma generate` would, without a client, a lock file or a database, and prints
 * what it would: the problems, or else the warnings and how many models and encrypted columns each choice of a tenant has.
 *
 *   node --import tsx scripts/try-schema.mjs <schema file or folder>
 *
 * For annotating a schema of other people, step by step, and for counting.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { getDMMF } from '@prisma/get-dmmf'
import { EnvelopeSchemaError } from '../src/errors.ts'
import { summaryOf } from '../src/generator/summary.ts'
import { compileSchema } from '../src/schema/compile.ts'

const [path] = process.argv.slice(2)
if (path === undefined) throw new Error('usage: node --import tsx scripts/try-schema.mjs <schema file or folder>')

const files = statSync(path).isDirectory()
  ? readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.prisma'))
      .map((name) => join(path, name))
  : [path]
const source = files.map((file) => readFileSync(file, 'utf8')).join('\n')
const dmmf = await getDMMF({ datamodel: [['schema.prisma', source]] })
if (!('datamodel' in dmmf)) throw new Error(`Prisma refuses this schema: ${dmmf.error.message}`)
const provider = /^datasource\s+\w+\s*\{[^}]*?\bprovider\s*=\s*"(\w+)"/m.exec(source)?.[1] ?? 'postgresql'
const sharedTenant = /^\s*sharedTenant\s*=\s*"([^"]*)"/m.exec(source)?.[1]

try {
  const { map, warnings } = compileSchema({
    datamodel: dmmf.datamodel,
    provider,
    source,
    ...(sharedTenant === undefined ? {} : { sharedTenant }),
  })
  const summary = summaryOf(map)
  const all = [...warnings, ...summary.warnings]
  for (const warning of all) console.log(`warning: ${warning}`)
  for (const notice of summary.notices) console.log(notice)
  console.log(`${all.length} warnings`)
  for (const [choice, { models, columns }] of countedByChoice(map.models)) {
    console.log(`${choice}: ${models} models, ${columns} encrypted columns`)
  }
} catch (error) {
  if (!(error instanceof EnvelopeSchemaError)) throw error
  console.log(error.message)
  process.exitCode = 1
}

function countedByChoice(models) {
  const counts = new Map()
  for (const { tenant, fields } of Object.values(models)) {
    const columns = Object.values(fields).filter(({ encrypted }) => encrypted !== undefined).length
    if (columns === 0 && tenant === undefined) continue
    const choice = choiceOf(tenant, fields)
    const before = counts.get(choice) ?? { models: 0, columns: 0 }
    counts.set(choice, { models: before.models + 1, columns: before.columns + columns })
  }
  return counts
}

function choiceOf(tenant, fields) {
  if (tenant === undefined) return 'none'
  if (tenant.from !== 'column' && tenant.from !== 'relation') return tenant.from
  return fields[tenant.field].optional === true ? `optional ${tenant.from}` : tenant.from
}
