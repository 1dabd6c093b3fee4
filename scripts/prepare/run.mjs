import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { nodeModules, root } from './paths.mjs'

/**
 * Runs a command in the repository's root, showing what it prints only when it fails.
 *
 * @param {string} label What is being done, for the message.
 * @param {readonly string[]} command
 * @param {Record<string, string>} [env]
 */
export async function run(label, [program, ...args], env = {}) {
  console.log(`prepare: ${label}`)
  const path = `${join(nodeModules, '.bin')}${delimiter}${process.env.PATH ?? process.env.Path ?? ''}`
  const windows = process.platform === 'win32'
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm is a `.cmd` file on Windows, which only a shell can start; no argument of ours needs quoting.
    shell: windows && program === 'npm',
  })
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const text = Buffer.concat(output).toString()
  if (code !== 0)
    throw new Error(`${text}\nprepare: ${label} failed: ${[program, ...args].join(' ')} (exit code ${code})`)
  return text
}
