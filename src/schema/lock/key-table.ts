import type { KeyModel } from '../annotated-fields.js'
import type { Datamodel, Model } from '../dmmf.js'
import { keyTableAnnotations, keyTableParts } from '../key-table.js'
import type { Problem } from '../problems.js'
import { tableOf } from './present.js'
import { type KeyTableRecord, lineOf } from './record.js'
import { page } from './tenants.js'

/** The lock file's record of a schema's key table; `undefined` if there is none, or not both models. */
export function keyTableRecord(keyModels: readonly KeyModel[]): KeyTableRecord | undefined {
  const [keys, counts] = keyTableParts.map((part) => keyModels.find((one) => one.part === part)?.model)
  return keys === undefined || counts === undefined ? undefined : { keys: tableOf(keys), counts: tableOf(counts) }
}

/**
 * Why the key table cannot change as the schema changes it. Values that were sealed with its keys open only while the
 * client finds them, and a lost count would let a data key seal more than it may.
 */
export function keyTableDifferences(
  before: KeyTableRecord | undefined,
  { datamodel, keyModels }: { readonly datamodel: Datamodel; readonly keyModels: readonly KeyModel[] },
): Problem[] {
  if (before === undefined) return []
  // Where jobs keep their positions is not recorded: without them a job begins with the first row.
  if (keyModels.every(({ part }) => part === 'jobs')) {
    const model = datamodel.models.find((one) => tableOf(one) === before.keys)
    const written = keyTableParts.map((part) => `\`${keyTableAnnotations[part]}\``).join(' and ')
    return [
      {
        model: model?.name ?? 'schema',
        message:
          `the lock file has the key table ${before.keys}, and its annotations are gone: values whose data keys are in it would not open. ` +
          `Write ${written} above its models again instead. To do without it, see ${page}, then remove this line from the lock file: ` +
          `\`${lineOf('keyTable', before)}\``,
      },
    ]
  }
  const now = keyTableRecord(keyModels)
  // That one of the two is missing has been reported.
  if (now === undefined) return []
  return keyTableParts.flatMap((part): Problem[] => {
    const model = keyModels.find((one) => one.part === part)?.model
    if (model === undefined || before[part] === now[part]) return []
    const what = part === 'keys' ? 'the keys' : 'the counts'
    return [
      {
        model: model.name,
        message:
          `the lock file has ${what} in the table ${before[part]}, and its table is ${now[part]} now: what is in the previous one would not be found. ` +
          `Write ${mapTo(before[part], model)} in the model instead. If a migration renames the table and keeps its rows, ` +
          `write \`${lineOf('keyTable', now)}\` into the lock file (${page}).`,
      },
    ]
  })
}

/** The attribute that gives the model its previous table. */
function mapTo(before: string, { schema }: Model): string {
  const prefix = typeof schema === 'string' ? `${schema}.` : ''
  return before.startsWith(prefix)
    ? `\`@@map(${JSON.stringify(before.slice(prefix.length))})\``
    : 'the previous `@@schema` and `@@map`'
}
