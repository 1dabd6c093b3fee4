import { join } from 'node:path'
import type { BytesType } from './patch-text.js'

/** Another `generator` block of the schema. */
export interface OtherGenerator {
  readonly name: string
  readonly provider: string
  readonly output?: string | undefined
  readonly config: { readonly [option: string]: unknown }
}

/** A generated file that declares the inputs of these models. */
interface ClientFile {
  readonly file: string
  readonly models: readonly string[]
  readonly bytes: BytesType
}

/** Where each client generator declares its inputs. */
const layouts: Readonly<Record<string, (client: OtherGenerator, models: readonly string[]) => ClientFile[]>> = {
  // A file for each model.
  'prisma-client': ({ output = '', config }, models) => {
    const extension = typeof config.generatedFileExtension === 'string' ? config.generatedFileExtension : 'ts'
    return models.map((model) => ({
      file: join(output, 'models', `${model}.${extension}`),
      models: [model],
      bytes: 'runtime.Bytes',
    }))
  },
  // One file for all.
  'prisma-client-js': ({ output = '' }, models) => [{ file: join(output, 'index.d.ts'), models, bytes: 'Bytes' }],
}

/** The generators whose output can be patched. */
export function clientGenerators(others: readonly OtherGenerator[]): OtherGenerator[] {
  return others.filter(({ provider }) => Object.hasOwn(layouts, provider))
}

export function clientFiles(client: OtherGenerator, models: readonly string[]): ClientFile[] {
  return layouts[client.provider]?.(client, models) ?? []
}

/** Whether Prisma runs `first` before `second`: in their order in the schema. `false` also for unknown names. */
export function runsBefore(source: string, first: string, second: string): boolean {
  const order = [...source.matchAll(/^[ \t]*generator[ \t]+(\w+)[ \t]*\{/gm)].map((match) => match[1])
  return order.includes(first) && order.indexOf(first) < order.indexOf(second)
}
