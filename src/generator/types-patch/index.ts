import { relative } from 'node:path'
import type { ModelMap } from '../../schema/model-map.js'
import { schemaError } from '../../schema/problems.js'
import { type FileText, readIfThere } from '../files.js'
import { clientFiles, clientGenerators, type OtherGenerator, runsBefore } from './clients.js'
import { patchText } from './patch-text.js'
import { restrictionsOf } from './restrictions.js'
import { selectorsOf } from './selectors.js'
import { UnknownShape } from './unknown-shape.js'

export type { OtherGenerator } from './clients.js'

export interface PatchRequest {
  /** The name of our own `generator` block. */
  readonly name: string
  readonly map: ModelMap
  readonly otherGenerators: readonly OtherGenerator[]
  /** The schema's text, for the order of the generators. */
  readonly source: string
}

/**
 * `types = "patch"`: the files of the generated clients with their unique inputs widened, so that
 * `findUnique({ where: { email } })` type-checks where `emailIndex` is unique (at run time the extension puts the index column
 * there), and with their filters and orders narrowed to what an encrypted field can answer, so that `contains` does not.
 *
 * Writes nothing. Throws `ENVELOPE_SCHEMA_INVALID` if any of them is not as expected: a partly patched client would be
 * worse than an unpatched one.
 */
export async function patchedClients({ name, map, otherGenerators, source }: PatchRequest): Promise<FileText[]> {
  const refuse = (message: string): Error => schemaError([{ model: `generator ${name}`, message }])
  const clients = clientGenerators(otherGenerators)
  if (clients.length === 0) {
    throw refuse(
      '`types = "patch"` has no client to patch: Prisma reports none with the provider "prisma-client" or "prisma-client-js". Add one to the schema, and run `prisma generate` without `--generator`; or remove `types`.',
    )
  }
  const [selectors, restrictions] = [selectorsOf(map), restrictionsOf(map)]
  const models = Object.keys(map.models)
  const patched: FileText[] = []
  for (const client of clients) {
    if (runsBefore(source, name, client.name)) {
      throw refuse(
        `\`types = "patch"\` patches the client that \`generator ${client.name}\` writes, which runs later. Move \`generator ${name}\` below it; or remove \`types\`.`,
      )
    }
    for (const { file, models: declared, bytes } of clientFiles(client, models)) {
      const place = relative(process.cwd(), file)
      const text = client.output === undefined ? undefined : await readIfThere(file)
      if (text === undefined) {
        throw refuse(
          `\`types = "patch"\` cannot find ${place}, which \`generator ${client.name}\` should have written. Run \`prisma generate\` without \`--generator\`; or remove \`types\`.`,
        )
      }
      try {
        const changes = {
          selectors: selectors.filter(({ model }) => declared.includes(model)),
          restricted: declared.flatMap((model) => restrictions.get(model) ?? []),
          restrictions,
          bytes,
        }
        patched.push({ file, text: patchText(text, changes) })
      } catch (error) {
        if (!(error instanceof UnknownShape)) throw error
        throw schemaError([
          {
            model: error.model,
            message: `\`types = "patch"\` cannot find ${error.missing} in ${place}, so nothing was changed. Run \`prisma generate\` for all generators; if that does not help, this version of Prisma writes its client differently: remove \`types\` from \`generator ${name}\`, and use the index column in unique inputs.`,
          },
        ])
      }
    }
  }
  return patched
}
