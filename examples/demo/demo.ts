import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { type LocalKms, localKms } from 'prisma-envelope/local-kms'
import { type DemoClient, openClient } from './client.js'

/** What the steps share. */
export interface Demo {
  readonly kms: LocalKms
  /** The client that most steps use. */
  readonly prisma: DemoClient
  /** Another client on the same database without any data key in memory, like a process that has just started. */
  newProcess(rewrap?: 'lazy'): DemoClient
  readonly files: { readonly folder: string; readonly database: string; readonly kms: string }
}

/** One step: what it shows and why that matters, then the showing. */
export interface Step {
  readonly title: string
  readonly why: string
  run(demo: Demo): Promise<void>
}

/** An empty database and an embedded KMS without keys, both as files, in `DEMO_DIR` or `.demo/`. */
export async function setUp(): Promise<Demo> {
  const folder = process.env.DEMO_DIR || fileURLToPath(new URL('../../.demo', import.meta.url))
  const files = { folder, database: join(folder, 'demo.db'), kms: join(folder, 'kms.json') }
  mkdirSync(folder, { recursive: true })
  for (const leftover of ['demo.db', 'demo.db-journal', 'demo.db-wal', 'demo.db-shm', 'kms.json']) {
    rmSync(join(folder, leftover), { force: true })
  }
  await createTables(files.database)

  const kms = localKms({ file: files.kms })
  return {
    kms,
    prisma: openClient(files.database, kms),
    newProcess: (rewrap) => openClient(files.database, kms, rewrap),
    files,
  }
}

/** In a project of your own, `prisma migrate` or `prisma db push` does this. */
async function createTables(database: string): Promise<void> {
  const connection = await new PrismaLibSql({ url: `file:${database}` }).connect()
  await connection.executeScript(readFileSync(new URL('generated/schema.sql', import.meta.url), 'utf8'))
  await connection.dispose()
}

/** Ends a client: its data keys are wiped, its connection is closed. */
export async function end(client: DemoClient): Promise<void> {
  client.$encryption.close()
  await client.$disconnect()
}

/** A path as one would type it here. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') ? path : short
}
