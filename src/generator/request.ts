import { dirname } from 'node:path'
import type { Datamodel } from '../schema/dmmf.js'
import type { GenerateRequest } from './generate.js'
import type { OtherGenerator } from './types-patch/clients.js'

/** Narrows what Prisma sends with `generate`. Throws for a shape that no supported version of Prisma sends. */
export function parseGenerateParams(params: unknown): GenerateRequest {
  const root = object(params, 'params')
  const block = object(root.generator, 'generator')
  const dmmf = object(root.dmmf, 'dmmf')
  const datamodel = object(dmmf.datamodel, 'dmmf.datamodel')
  for (const part of ['models', 'enums', 'indexes']) {
    if (!Array.isArray(datamodel[part])) throw unknownShape(`dmmf.datamodel.${part}`)
  }
  const [datasource] = Array.isArray(root.datasources) ? root.datasources : []
  const schemaPath = text(root.schemaPath, 'schemaPath')
  const output = block.output === null || block.output === undefined ? undefined : object(block.output, 'output')
  const file = block.sourceFilePath
  return {
    block: {
      name: text(block.name, 'generator.name'),
      output: output === undefined ? undefined : text(output.value, 'generator.output.value'),
      config: object(block.config ?? {}, 'generator.config'),
      folder: dirname(typeof file === 'string' ? file : schemaPath),
    },
    otherGenerators: (Array.isArray(root.otherGenerators) ? root.otherGenerators : []).map(otherGenerator),
    // Prisma's own serializer wrote the elements; dmmf.ts lists what 6.19 and 7 put in them.
    datamodel: datamodel as unknown as Datamodel,
    provider: text(object(datasource, 'datasources[0]').activeProvider, 'datasources[0].activeProvider'),
    schemaPath,
    source: typeof root.datamodel === 'string' ? root.datamodel : '',
  }
}

function otherGenerator(value: unknown): OtherGenerator {
  const other = object(value, 'otherGenerators[]')
  const output = other.output === null || other.output === undefined ? {} : object(other.output, 'output')
  return {
    name: text(other.name, 'otherGenerators[].name'),
    provider: text(object(other.provider, 'otherGenerators[].provider').value, 'otherGenerators[].provider.value'),
    output: typeof output.value === 'string' ? output.value : undefined,
    config: object(other.config ?? {}, 'otherGenerators[].config'),
  }
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unknownShape(name)
  // An object's own keys are strings; its values stay unknown.
  return value as Record<string, unknown>
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw unknownShape(name)
  return value
}

function unknownShape(name: string): Error {
  return new Error(
    `Prisma sent no \`${name}\` that prisma-envelope understands. Use a version of Prisma that it supports: ^6.19 or ^7.`,
  )
}
