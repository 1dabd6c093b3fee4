/**
 * The SQL that creates a Prisma schema in an empty database, with nothing but npm packages.
 *
 * `prisma migrate diff` would do, but the Prisma CLI wants a `schema-engine` binary, downloaded from a server of its
 * own; the same engine is on npm as WebAssembly, without a loader for Node. So this file loads it.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'

let engineModule

/** Instantiates the engine's WebAssembly, once per process. */
async function loadEngine() {
  // Read by the engine when it panics; without it a panic hides its message.
  globalThis.PRISMA_WASM_PANIC_REGISTRY ??= { set_message: console.error }
  const runtime = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const bytes = await readFile(entry.replace(/\.js$/, '.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': runtime })
  runtime.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return runtime
}

/**
 * @param {'postgresql' | 'sqlite'} provider Prisma's name of the database. The engine cannot do MySQL: `mysql-sql.mjs`.
 * @param {readonly { path: string, content: string }[]} files The schema's files, `generator` and `datasource` included.
 * @returns {Promise<string>} Statements separated by `;`, for an empty database.
 */
export async function schemaSql(provider, files) {
  engineModule ??= loadEngine()
  const { SchemaEngine } = await engineModule
  const datamodels = files.map(({ path, content }) => [path, content])
  const engine = await SchemaEngine.new(
    { datamodels },
    () => {},
    bindMigrationAwareSqlAdapterFactory(noDatabase(provider)),
  )
  try {
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      shadowDatabaseUrl: null,
      filters: { externalTables: [], externalEnums: [] },
    })
    return stdout
  } finally {
    engine.free()
  }
}

/** An adapter to nowhere: a diff from an empty database to a schema asks the database nothing that matters. */
function noDatabase(provider) {
  const names = { provider: provider === 'postgresql' ? 'postgres' : provider, adapterName: 'none' }
  const connect = async () => ({
    ...names,
    queryRaw: async () => ({ columnNames: [], columnTypes: [], rows: [] }),
    executeRaw: async () => 0,
    executeScript: async () => {},
    dispose: async () => {},
    getConnectionInfo: () => ({ supportsRelationJoins: false }),
  })
  return { ...names, connect, connectToShadowDb: connect }
}
