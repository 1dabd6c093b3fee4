import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a program of this folder prints, in a process whose memory nothing has used before. */
export function inOwnProcess(program: string, ...given: readonly string[]): string {
  const path = fileURLToPath(new URL(program, import.meta.url))
  return execFileSync(process.execPath, [...process.execArgv, path, ...given], { encoding: 'utf8' }).trimEnd()
}
