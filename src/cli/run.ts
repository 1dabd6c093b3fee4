import type { Writable } from 'node:stream'

export interface Terminal {
  readonly stdout: Writable
  readonly stderr: Writable
  readonly version: string
}

const usage = (version: string): string => `prisma-envelope ${version}: transparent field encryption for Prisma

As a Prisma generator, in schema.prisma, after the client's generator:

  generator encryption {
    provider = "prisma-envelope"
    output   = "../src/generated/encryption"
  }

  model Patient {
    email String /// @encrypted
  }

then run \`prisma generate\` and give the generated \`encryptedModels\` to \`fieldEncryption({ models })\`.

Options:
  --help     print this
  --version  print the version
`

/** Runs the command line; returns the exit code: 0, or 2 for arguments that are not known. */
export function run(args: readonly string[], { stdout, stderr, version }: Terminal): 0 | 2 {
  const [first, ...more] = args
  if (first === undefined || (first === '--help' && more.length === 0)) {
    stdout.write(usage(version))
    return 0
  }
  if (first === '--version' && more.length === 0) {
    stdout.write(`${version}\n`)
    return 0
  }
  stderr.write(`prisma-envelope: I do not know ${JSON.stringify(args.join(' '))}. Try \`prisma-envelope --help\`.\n`)
  return 2
}
