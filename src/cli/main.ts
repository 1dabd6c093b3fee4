#!/usr/bin/env node
import { runGenerator } from '../generator/index.js'
import { run } from './run.js'
import { packageVersion } from './version.js'

const { env, argv, stdin, stdout, stderr } = process

// Prisma sets the variable when it starts a generator, which must then say nothing but replies.
if (env.PRISMA_GENERATOR_INVOCATION) {
  await runGenerator({ stdin, stdout, stderr, version: packageVersion() })
} else {
  process.exitCode = run(argv.slice(2), { stdout, stderr, version: packageVersion() })
}
