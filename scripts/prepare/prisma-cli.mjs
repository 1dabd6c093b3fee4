import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.mjs'

/**
 * The environment in which Prisma's CLI, and its installation, download nothing.
 *
 * `prisma generate` never runs the schema engine, but fetches it first from a server of Prisma's and fails where only a
 * package registry can be reached. Pointed at a file of ours, it does not ask. Schema changes go through
 * `schema-sql.mjs`.
 */
export function withPlaceholderEngine() {
  return {
    PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? placeholderEngine(),
    // Prisma 6 fetches this one too, although a client with `engineType = "client"` has no use for it.
    PRISMA_QUERY_ENGINE_LIBRARY: process.env.PRISMA_QUERY_ENGINE_LIBRARY ?? placeholderEngine(),
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  }
}

let placeholder

function placeholderEngine() {
  if (placeholder !== undefined) return placeholder
  const folder = mkdtempSync(join(tmpdir(), 'prisma-envelope-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const windows = process.platform === 'win32'
  placeholder = join(folder, windows ? 'schema-engine.cmd' : 'schema-engine')
  writeFileSync(placeholder, windows ? '@exit /b 0\r\n' : '#!/bin/sh\nexit 0\n')
  chmodSync(placeholder, 0o755)
  return placeholder
}

/** Runs `prisma generate` on a schema file or folder, named from the repository's root. */
export async function prismaGenerate(label, schema) {
  const prisma = join('node_modules', 'prisma', 'build', 'index.js')
  await run(label, [process.execPath, prisma, 'generate', '--schema', schema, '--no-hints'], withPlaceholderEngine())
}
