import { getDMMF } from '@prisma/get-dmmf'
import { expect } from 'vitest'
import { EnvelopeSchemaError } from '../../src/errors.js'
import { type Compiled, compileSchema } from '../../src/schema/compile.js'
import type { Datamodel } from '../../src/schema/dmmf.js'
import type { Lock } from '../../src/schema/lock/record.js'

export interface PslOptions {
  readonly provider?: string
  readonly lock?: Lock
  /** Also looks at the schema's text. */
  readonly withSource?: boolean
  readonly sharedTenant?: string
  /** A line of the datasource. */
  readonly datasource?: string
  /** The moment of warnings about days. */
  readonly now?: number
}

/** A whole schema of the given blocks. */
export function schemaOf(blocks: string, provider = 'postgresql', more = ''): string {
  return `datasource db {\n  provider = "${provider}"\n  ${more}\n}\n\n${blocks}\n`
}

/** Compiles blocks of a Prisma schema. */
export async function compilePsl(blocks: string, options: PslOptions = {}): Promise<Compiled> {
  const { provider = 'postgresql', lock, withSource = false, sharedTenant, datasource, now } = options
  const psl = schemaOf(blocks, provider, datasource)
  const source = `generator client {\n  provider = "prisma-client"\n  output = "x"\n  previewFeatures = ["views"]\n}\n${psl}`
  const dmmf = await getDMMF({ datamodel: [['schema.prisma', source]] })
  if (!('datamodel' in dmmf)) throw new Error(`Prisma refuses this schema: ${dmmf.error.message}`)
  const datamodel: Datamodel = dmmf.datamodel
  return compileSchema({
    datamodel,
    provider,
    ...(lock === undefined ? {} : { lock }),
    ...(withSource ? { source } : {}),
    ...(sharedTenant === undefined ? {} : { sharedTenant }),
    ...(now === undefined ? {} : { now }),
  })
}

/** The fields of one model `Patient`, behind an id. */
export function patient(fields: string): string {
  return `model Patient {\n  id Int @id\n${fields}\n}`
}

/** The message with which the schema is refused. */
export async function refusal(blocks: string, options: PslOptions = {}): Promise<string> {
  try {
    await compilePsl(blocks, options)
  } catch (error) {
    if (!(error instanceof EnvelopeSchemaError)) throw error
    expect(error.code).toBe('ENVELOPE_SCHEMA_INVALID')
    return error.message
  }
  throw new Error('the schema was not refused')
}

/** The lines of a refusal, without its title. */
export async function refusals(blocks: string, options: PslOptions = {}): Promise<string[]> {
  const [, ...lines] = (await refusal(blocks, options)).split('\n')
  return lines.map((line) => line.trim())
}
