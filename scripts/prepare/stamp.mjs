import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cache, root } from './paths.mjs'

/**
 * Runs `step` unless it succeeded before on the same inputs and its outputs are still there.
 *
 * @param {string} name
 * @param {{ inputs: readonly string[], outputs: readonly string[], salt?: string }} files Files and folders, from the
 *   repository's root; an input that does not exist counts as such.
 * @param {() => Promise<unknown>} step
 */
export async function whenChanged(name, { inputs, outputs, salt = '' }, step) {
  const stamp = join(cache, `${name}.stamp`)
  // Hashed before the step: a file that is edited meanwhile makes the next run do it again.
  const hash = hashOf(inputs, salt)
  if (outputs.every((path) => existsSync(join(root, path))) && readIfAny(stamp) === hash) return
  // A step that is killed leaves outputs that belong to no inputs, not even the previous ones.
  rmSync(stamp, { force: true })
  await step()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, hash)
}

function hashOf(paths, salt) {
  const hash = createHash('sha256').update(salt)
  const add = (path) => {
    const full = join(root, path)
    if (!existsSync(full)) hash.update(`absent ${path}\n`)
    else if (statSync(full).isDirectory()) for (const name of readdirSync(full).sort()) add(`${path}/${name}`)
    else hash.update(`file ${path}\n`).update(readFileSync(full))
  }
  for (const path of paths) add(path)
  return hash.digest('hex')
}

/** The file's text, or `undefined` when there is none. */
export function readIfAny(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
