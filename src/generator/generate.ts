import { stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { compileSchema } from '../schema/compile.js'
import type { Datamodel } from '../schema/dmmf.js'
import { parseLock, sameRecords, serializeLock } from '../schema/lock/file.js'
import { emptyLock, type Lock } from '../schema/lock/record.js'
import type { ModelMap } from '../schema/model-map.js'
import { schemaError } from '../schema/problems.js'
import { scalarsOf } from '../schema/scalars.js'
import { emitFiles, moduleFiles, signature } from './emit.js'
import { type FileText, readIfThere, removeOwn, replaceAll, writeIfChanged } from './files.js'
import { type GeneratorBlock, readOptions } from './options.js'
import { summaryOf } from './summary.js'
import type { OtherGenerator } from './types-patch/clients.js'
import { patchedClients } from './types-patch/index.js'

export const lockFileName = 'prisma-envelope.lock.json'

/** The parts of Prisma's request to a generator that we read. */
export interface GenerateRequest {
  readonly block: GeneratorBlock
  readonly otherGenerators: readonly OtherGenerator[]
  readonly datamodel: Datamodel
  readonly provider: string
  /** The schema file, or the folder of a multi-file schema. */
  readonly schemaPath: string
  /** The schema's text, all files in one. */
  readonly source: string
}

/** What is printed after everything has been written. */
export interface Told {
  readonly notices: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * Compiles the schema, patches the client if asked to, and writes the lock file, the generated module and `encryption.json`.
 * If anything is wrong, writes nothing and throws `EnvelopeSchemaError`.
 */
export async function generate(request: GenerateRequest): Promise<Told> {
  const { clients, lock, files, output, stale, told } = await plan(request)
  await replaceAll(clients)
  for (const { file, text } of [...lock, ...files]) await writeIfChanged(file, text)
  await removeOwn(output, stale, signature)
  return told
}

/** Writes nothing; throws `EnvelopeSchemaError` also where {@link generate} would change a file. */
export async function check(request: GenerateRequest): Promise<Told> {
  const { clients, lock, files, output, stale, told } = await plan(request)
  const outdated: string[] = []
  for (const { file, text } of [...clients, ...lock, ...files]) {
    if ((await readIfThere(file)) !== text) outdated.push(file)
  }
  for (const name of stale) {
    if ((await readIfThere(join(output, name)))?.startsWith(signature)) outdated.push(join(output, name))
  }
  if (outdated.length === 0) return told
  const names = outdated.map((file) => relative(process.cwd(), file)).join(', ')
  throw schemaError([
    {
      model: `generator ${request.block.name}`,
      message: `out of date: ${names}. Run \`prisma generate\`, and commit what it writes.`,
    },
  ])
}

/** All that is to be written, and what is to be printed then. */
interface Plan {
  readonly clients: readonly FileText[]
  /** The lock file, where it changes. */
  readonly lock: readonly FileText[]
  readonly files: readonly FileText[]
  /** The folder of the files. */
  readonly output: string
  /** Names of files that a previous run may have left in it. */
  readonly stale: readonly string[]
  readonly told: Told
}

async function plan({
  block,
  otherGenerators,
  datamodel,
  provider,
  source,
  schemaPath,
}: GenerateRequest): Promise<Plan> {
  const options = readOptions(block)
  const { output, sharedTenant } = options
  const lockFile = options.lockFile ?? join(await folderOf(schemaPath), lockFileName)
  const text = await readIfThere(lockFile)
  const lock = text === undefined ? emptyLock : parseLock(text, basename(lockFile))
  const shared = sharedTenant === undefined ? {} : { sharedTenant }
  const compiled = compileSchema({ datamodel, provider, lock, source, ...shared })
  const emitted = emitFiles(compiled.map, options)
  const clients = options.patchTypes
    ? await patchedClients({ name: block.name, map: compiled.map, otherGenerators, source })
    : []
  const upgraded = text !== undefined && !lock.complete
  const isRecorded = needsWriting(text, lock, compiled.lock)
  const { notices, warnings } = summaryOf(compiled.map)
  return {
    clients,
    lock: isRecorded ? [{ file: lockFile, text: serializeLock(compiled.lock) }] : [],
    files: emitted.map(({ name, text }) => ({ file: join(output, name), text })),
    output,
    stale: moduleFiles.filter((name) => !emitted.some((file) => file.name === name)),
    told: {
      notices: [
        ...(upgraded ? [upgradeNotice(basename(lockFile))] : []),
        ...(isRecorded && text === undefined ? [firstNotice(basename(lockFile), compiled.map)] : []),
        ...notices,
      ],
      warnings: [...compiled.warnings, ...warnings],
    },
  }
}

/** Without annotations, a lock file would record nothing that data depends on. A file in a different layout is left alone. */
function needsWriting(text: string | undefined, before: Lock, now: Lock): boolean {
  if (text !== undefined) return !before.complete || !sameRecords(before, now)
  if (now.keyTable !== undefined) return true
  return now.fields.size > 0 || [...now.models.values()].some(({ tenant }) => tenant !== undefined)
}

function firstNotice(file: string, map: ModelMap): string {
  const encrypted = Object.values(map.models).flatMap((model) =>
    scalarsOf(model).flatMap(([, entry]) => entry.encrypted ?? []),
  )
  const reading = encrypted.filter(({ legacy, write }) => legacy !== undefined || write !== undefined)
  const but = reading.length === 0 ? '' : ', but in fields that say `legacy: read` or `write: plain`'
  const refused =
    encrypted.length > 0 && reading.length === encrypted.length
      ? 'read as they are'
      : `refused until they are encrypted${but}`
  return `wrote ${file}. Commit it. Existing rows are still in plaintext, and are ${refused} (docs/existing-data.md).`
}

function upgradeNotice(file: string): string {
  return `${file} was upgraded to version 2: all names are unchanged, and it now records types, tenant columns and indexes. Commit it.`
}

async function folderOf(schemaPath: string): Promise<string> {
  return (await stat(schemaPath)).isDirectory() ? schemaPath : dirname(schemaPath)
}
