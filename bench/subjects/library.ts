import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type * as Library from '../../src/index.js'
import type * as LocalKms from '../../src/kms/local-kms/index.js'

/** The built package, loaded for one subject alone. */
export type LoadedLibrary = typeof Library & typeof LocalKms

const root = fileURLToPath(new URL('../..', import.meta.url))
const copies = fileURLToPath(new URL('../.tmp-libraries', import.meta.url))

/**
 * A copy of a checkout's `dist/`, of this one's by default, that shares no code with the others in this process: each subject's code then grows as hot, and is
 * specialized by V8, as in an application that uses it alone. A copy has the accelerator if that is beside it.
 */
export async function loadLibrary(
  copy: string,
  { native, checkout = root }: { native: boolean; checkout?: string | undefined },
): Promise<LoadedLibrary> {
  const folder = join(copies, copy)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(join(checkout, 'dist'), join(folder, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.map') })
  // By the files beside an addon, the library recognizes its own.
  cpSync(join(checkout, 'package.json'), join(folder, 'package.json'))
  if (native) buildAccelerator(checkout, folder)
  const load = (file: string) => import(pathToFileURL(join(folder, 'dist', file)).href)
  return { ...(await load('index.js')), ...(await load('local-kms.js')) }
}

/** Throws where it cannot be compiled. */
function buildAccelerator(checkout: string, folder: string): void {
  const script = join(checkout, 'scripts', 'build-native.mjs')
  execFileSync(process.execPath, [script, '--into', join(folder, 'prebuilds')], { stdio: 'pipe' })
}

/** Whether the copy's accelerator is in this process: a library that cannot load it works without, and says nothing. */
export function hasLoadedAccelerator(copy: string): boolean {
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] }
  return sharedObjects.some((path) => path.startsWith(join(copies, copy)) && path.endsWith('aes-256-gcm.node'))
}
