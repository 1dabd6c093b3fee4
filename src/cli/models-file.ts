import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { EnvelopeConfigError } from '../errors.js'
import type { ModelMap } from '../schema/model-map.js'
import { modelMapFile, parseModelMap } from '../schema/model-map-file.js'

/** Where the generator's output may be, relative to the application's folder: the documented places, and the default. */
export const conventionalFolders = ['src/generated/encryption', 'generated/encryption', 'app/generated/encryption']

const remedy =
  'Run `prisma generate`. If the `output` of the generator `prisma-envelope` is another folder, pass that with `--models <folder>`.'

interface Found {
  readonly file: string
  readonly text: string
}

/**
 * The model map in `encryption.json` of the folder `given`, or of one of the conventional folders. A path to the file
 * itself is accepted too. Throws `ENVELOPE_CONFIG_INVALID`.
 */
export async function loadModels(cwd: string, given: string | undefined): Promise<ModelMap> {
  const { file, text } = given === undefined ? await findMap(cwd) : await mapAt(cwd, given)
  return parseModelMap(text, file)
}

async function findMap(cwd: string): Promise<Found> {
  const found: Found[] = []
  for (const folder of conventionalFolders) {
    const file = join(folder, modelMapFile)
    const text = await read(cwd, file)
    if (text !== undefined) found.push({ file, text })
  }
  const [only] = found
  if (only === undefined) throw invalid(`There is no ${modelMapFile} in ${conventionalFolders.join(', ')}. ${remedy}`)
  if (found.length > 1) {
    const files = found.map(({ file }) => file).join(', ')
    throw invalid(`Found several model maps: ${files}. Choose one with \`--models <folder>\`.`)
  }
  return only
}

async function mapAt(cwd: string, given: string): Promise<Found> {
  const file = basename(given) === modelMapFile ? given : join(given, modelMapFile)
  const text = await read(cwd, file)
  if (text !== undefined) return { file, text }
  // The path of the module, which earlier releases accepted.
  if (/\.[cm]?[jt]s$/.test(given)) {
    throw invalid(
      `\`--models\` must be the folder with ${modelMapFile}, not a module. Pass ${JSON.stringify(dirname(given))} instead of ${JSON.stringify(given)}, after \`prisma generate\`.`,
    )
  }
  throw invalid(`There is no file ${file}. ${remedy}`)
}

/** The file's text, or `undefined` if there is no file. */
async function read(cwd: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(resolve(cwd, file), 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an unknown error'
    // ENOTDIR: a file in place of the folder.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw invalid(`${file} cannot be read (${code}). Make it a readable file, or run \`prisma generate\`.`)
  }
}

function invalid(message: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', message)
}
