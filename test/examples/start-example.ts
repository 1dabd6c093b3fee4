import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `TEST`, which vitest sets, turns off what better-auth does against requests from other sites. */
const settings = { PORT: '0', HOST: '', KMS: '', NODE_ENV: 'development', NODE_OPTIONS: '', TEST: '' }

/** Starts an example's server in a process of its own, as its npm script does, and waits until it listens. */
export async function startExample(server: string, data: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', server], {
    cwd: root,
    env: { ...process.env, ...settings, DATA_DIR: data, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const ended = once(child, 'close')
  const url = await new Promise<string>((resolve, reject) => {
    ended.then(() => reject(new Error(`the example ended: ${lines.join('\n')}`)), reject)
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line)
      const entry: Record<string, unknown> = JSON.parse(line)
      if (entry.event === 'listening') resolve(String(entry.url))
    })
  })
  return {
    url,
    lines,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await ended
      const last: Record<string, unknown> = JSON.parse(lines.at(-1) ?? '{}')
      return { code, last: last.event }
    },
  }
}
