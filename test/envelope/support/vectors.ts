import { readFileSync } from 'node:fs'

/** One test of a published AEAD vector file, in hexadecimal, as Wycheproof names its parts. */
export interface AeadTest {
  readonly tcId?: number
  readonly comment?: string
  readonly key: string
  readonly iv: string
  readonly aad: string
  /** Absent where the publisher gives none: a message that must not open. */
  readonly msg?: string
  readonly ct: string
  readonly tag: string
  readonly result: 'valid' | 'invalid'
}

export function aeadTests(file: string): readonly AeadTest[] {
  return readVectors<{ tests: AeadTest[] }>(file).tests
}

/** The caller names the type: these files are part of the repository and never change by themselves. */
export function readVectors<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8'))
}

export function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}
