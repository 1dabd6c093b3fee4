import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, loadavg, totalmem, type } from 'node:os'

/** Puts what was measured into a page, between the two comments that name the part. */
export function writeDocument(part: string, content: string, page = 'docs/benchmarks.md'): void {
  const file = new URL(`../../${page}`, import.meta.url)
  writeFileSync(file, replacePart(readFileSync(file, 'utf8'), part, content, page))
}

/** Throws where the document has no such part. */
export function replacePart(document: string, part: string, content: string, page = 'docs/benchmarks.md'): string {
  const [begin, end] = [`<!-- bench: ${part} -->`, `<!-- bench: end of ${part} -->`]
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`${page} has no part between ${begin} and ${end}`)
  return `${document.slice(0, from + begin.length)}\n\n${content}\n\n${document.slice(to)}`
}

/** When, on what, and with which command something was measured. */
export function provenance(command: string, postgresql: string): string {
  const [cpu] = cpus()
  const { version: prisma } = createRequire(import.meta.url)('@prisma/client/package.json') as { version: string }
  const lines = [
    `\`${command}\`, ${new Date().toISOString().slice(0, 10)}${commit}`,
    `${cpus().length} processors (${cpu?.model.trim() || 'of unknown kind'}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')} at the end`,
    `Node ${process.versions.node} with OpenSSL ${process.versions.openssl}, Prisma ${prisma}, PostgreSQL ${postgresql}`,
  ]
  return `Measured by ${lines.join('; ')}.`
}

/** Of the start: by the end, the document has been written to. */
const commit = commitNow()

function commitNow(): string {
  try {
    return `, at ${execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8', stdio: 'pipe' }).trim()}`
  } catch {
    // Not in a clone.
    return ''
  }
}
