#!/usr/bin/env node
import { CHECK_ONLY } from './check-only.js'
import { packageVersion } from './version.js'

const { env, argv, stdin, stdout, stderr } = process
const version = packageVersion()

// Prisma sets this variable when it starts a generator, which must then print only replies. Each branch loads only what it
// needs.
if (env.PRISMA_GENERATOR_INVOCATION) {
  const { runGenerator } = await import('../generator/index.js')
  await runGenerator({ stdin, stdout, stderr, version, checkOnly: env[CHECK_ONLY] !== undefined })
} else {
  const { run } = await import('./run.js')
  process.exitCode = await run(argv.slice(2), { stdout, stderr, version, cwd: process.cwd() })
}
