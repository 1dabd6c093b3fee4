import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits, for links and keys. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Looked up by hash: how long that takes says nothing about how close a guess was. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
