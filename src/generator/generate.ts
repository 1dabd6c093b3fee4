import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { compileSchema } from '../schema/compile.js'
import type { Datamodel } from '../schema/dmmf.js'
import { parseLock, sameRecords, serializeLock } from '../schema/lock/file.js'
import { emptyLock, type Lock } from '../schema/lock/record.js'
import { emitFiles, moduleFiles, signature } from './emit.js'
import { readIfThere, removeOwn, replaceAll, writeIfChanged } from './files.js'
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
  const options = readOptions(request.block)
  const lockFile = options.lockFile ?? join(await folderOf(request.schemaPath), lockFileName)
  const text = await readIfThere(lockFile)
  const lock = text === undefined ? emptyLock : parseLock(text, basename(lockFile))

  const { block, otherGenerators, datamodel, provider, source } = request
  const { sharedTenant } = options
  const compiled = compileSchema({
    datamodel,
    provider,
    lock,
    source,
    ...(sharedTenant === undefined ? {} : { sharedTenant }),
  })
  const files = emitFiles(compiled.map, options)
  const clients = options.patchTypes
    ? await patchedClients({ name: block.name, map: compiled.map, otherGenerators, source })
    : []

  await replaceAll(clients)
  const upgraded = text !== undefined && !lock.complete
  const isRecorded = needsWriting(text, lock, compiled.lock)
  if (isRecorded) await writeIfChanged(lockFile, serializeLock(compiled.lock))
  for (const file of files) await writeIfChanged(join(options.output, file.name), file.text)
  const stale = moduleFiles.filter((name) => !files.some((file) => file.name === name))
  await removeOwn(options.output, stale, signature)
  const { notices, warnings } = summaryOf(compiled.map)
  return {
    notices: [
      ...(upgraded ? [upgradeNotice(basename(lockFile))] : []),
      ...(isRecorded && text === undefined ? [firstNotice(basename(lockFile))] : []),
      ...notices,
    ],
    warnings: [...compiled.warnings, ...warnings],
  }
}

/** Without annotations, a lock file would record nothing that data depends on. A file in a different layout is left alone. */
function needsWriting(text: string | undefined, before: Lock, now: Lock): boolean {
  if (text !== undefined) return !before.complete || !sameRecords(before, now)
  if (now.keyTable !== undefined) return true
  return now.fields.size > 0 || [...now.models.values()].some(({ tenant }) => tenant !== undefined)
}

function firstNotice(file: string): string {
  return `wrote ${file}. Commit it. Existing rows are still in plaintext, and are refused until they are encrypted (docs/existing-data.md).`
}

function upgradeNotice(file: string): string {
  return `${file} was upgraded to version 2: all names are unchanged, and it now records types, tenant columns and indexes. Commit it.`
}

async function folderOf(schemaPath: string): Promise<string> {
  return (await stat(schemaPath)).isDirectory() ? schemaPath : dirname(schemaPath)
}
