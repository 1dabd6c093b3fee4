import { findProgram } from './programs.js'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Chromium on this machine: the one that `TEST_CHROMIUM` names, or an installed one. `undefined` where there is none. */
export function findChromium(): string | undefined {
  const named = process.env.TEST_CHROMIUM ?? ''
  return named === '' ? names.map(findProgram).find((path) => path !== undefined) : named
}
