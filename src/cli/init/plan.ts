import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { keysPsl } from '../keys-psl.js'
import type { Answers } from './answers.js'
import type { Project } from './project.js'
import { configText, dbText, generatorText, kmsText, slashed } from './texts.js'

/** One file that `init` writes. */
export interface PlannedFile {
  readonly path: string
  /** All of it, as it is to be. */
  readonly text: string
  /** What is new in a file that is there already; without it, the file is new. */
  readonly added?: string
}

export interface InitPlan {
  readonly files: readonly PlannedFile[]
  /** What is there already and stays as it is, with what it should contain. */
  readonly kept: readonly PlannedFile[]
}

/** What `init` would write. Nothing that is there is replaced: the schema and `.gitignore` are added to. */
export function planInit(cwd: string, project: Project, answers: Answers): InitPlan {
  const wanted: PlannedFile[] = [
    { path: join(project.sources, 'kms.ts'), text: kmsText(answers) },
    { path: join(project.sources, 'db.ts'), text: dbText(project, answers) },
    { path: 'prisma-envelope.config.ts', text: configText(project) },
  ]
  const isThere = ({ path }: PlannedFile): boolean => existsSync(resolve(cwd, path))
  return {
    files: [
      ...schemaChange(project, answers),
      ...wanted.filter((file) => !isThere(file)),
      ...(answers.kms === 'local' ? ignored(cwd, '.local/') : []),
    ],
    kept: wanted.filter((file) => isThere(file) && readFileSync(resolve(cwd, file.path), 'utf8') !== file.text),
  }
}

/** The generator block goes behind the client's, the key table's models to the end. */
function schemaChange(project: Project, { keys }: Answers): PlannedFile[] {
  const { schema, schemaFile, blockEnd, hasGenerator, hasKeyTable, provider, names } = project
  const output = slashed(relative(dirname(schemaFile), project.encryption))
  const block = hasGenerator ? '' : `\n\n${generatorText(output)}`
  const taken = Object.fromEntries(names.map((name) => [name, { table: name, key: [], compounds: {}, fields: {} }]))
  const models = keys && !hasKeyTable ? modelsOnly(keysPsl({ version: 2, provider, models: taken })) : ''
  if (block === '' && models === '') return []
  const text = `${schema.slice(0, blockEnd)}${block}${schema.slice(blockEnd).trimEnd()}\n${models === '' ? '' : `\n${models}`}`
  return [
    {
      path: schemaFile,
      text,
      added: [block, models]
        .map((part) => part.trim())
        .filter(Boolean)
        .join('\n\n'),
    },
  ]
}

/** Without the comment that says where to paste them. */
function modelsOnly(psl: string): string {
  return psl.replace(/^(?:\/\/(?!\/).*\n|\n)+/, '')
}

function ignored(cwd: string, line: string): PlannedFile[] {
  const path = '.gitignore'
  const file = resolve(cwd, path)
  if (!existsSync(file)) return [{ path, text: `${line}\n` }]
  const before = readFileSync(file, 'utf8')
  if (before.split(/\r?\n/).includes(line)) return []
  return [{ path, text: `${before.trimEnd()}\n${line}\n`, added: line }]
}
