import type { Readable, Writable } from 'node:stream'
import { check, generate } from './generate.js'
import { serve } from './protocol.js'
import { parseGenerateParams } from './request.js'

export interface GeneratorProcess {
  readonly stdin: Readable
  /** For people: what is encrypted, and warnings. */
  readonly stdout: Writable
  /** For Prisma: the replies. */
  readonly stderr: Writable
  /** Shown by `prisma generate`. */
  readonly version: string
  /** Compare the files with what would be written, and write nothing. */
  readonly checkOnly?: boolean
}

/** Runs as the Prisma generator `prisma-envelope` until Prisma closes `stdin`. */
export async function runGenerator({
  stdin,
  stdout,
  stderr,
  version,
  checkOnly = false,
}: GeneratorProcess): Promise<void> {
  await serve(stdin, stderr, {
    getManifest: () => ({
      prettyName: 'prisma-envelope',
      version,
      defaultOutput: '../generated/encryption',
      // Requiring one client generator here would fail for users of the other.
      requiresGenerators: [],
    }),
    async generate(params) {
      const { notices, warnings } = await (checkOnly ? check : generate)(parseGenerateParams(params))
      for (const notice of notices) stdout.write(`prisma-envelope: ${notice}\n`)
      for (const warning of warnings) stdout.write(`prisma-envelope: warning: ${warning}\n`)
    },
  })
}
