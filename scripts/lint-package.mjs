/**
 * Reads a packed package as its users' tools would: `publint` looks for fields of package.json that Node, bundlers or
 * TypeScript would trip over, `attw` for entry points whose types say something else than their JavaScript. Both work on
 * the tarball, without a network.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { nodeModules } from './prepare/paths.mjs'

/** Throws, with every finding, unless both accept the tarball. */
export async function lintPackage(tarball) {
  const findings = [...(await publintFindings(tarball)), ...attwFindings(tarball)]
  if (findings.length > 0) throw new Error(`The packed package has faults:\n${findings.join('\n')}`)
  console.log('publint and attw find nothing wrong with the packed package.')
}

/** Suggestions count too: there is no reason to publish with one. */
async function publintFindings(path) {
  const file = readFileSync(path)
  const tarball = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`)
}

/** Every way of resolving modules: `node10` as well, which many CommonJS projects still have in tsconfig.json. */
function attwFindings(tarball) {
  const command = join(nodeModules, '@arethetypeswrong', 'cli', 'dist', 'index.js')
  try {
    execFileSync(process.execPath, [command, tarball, '--format', 'ascii', '--no-color', '--no-emoji'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return []
  } catch (error) {
    return [`attw:\n${error.stdout}\n${error.stderr}`]
  }
}
