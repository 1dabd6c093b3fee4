import { randomBytes, randomUUID } from 'node:crypto'
import type { FunctionDefault } from '../../schema/model-map.js'

/**
 * Values of Prisma's functions `uuid()`, `cuid()`, `ulid()` and `nanoid()`, in the form in which Prisma Client 6.19 and 7
 * make them. Prisma would add its own after encryption, in plaintext.
 *
 * The form is all that is copied. Where the original mixes a counter, the host's name or `Math.random()` into a value so that
 * two do not collide, there are random characters here: such a default is often a secret, and nobody may guess the next one.
 */
export function functionValue({ function: name, args: [version] }: FunctionDefault): string {
  switch (name) {
    case 'uuid':
      return version === 7 ? uuid7() : randomUUID()
    case 'cuid':
      return version === 2 ? cuid2() : cuid1()
    case 'ulid':
      return ulid()
    case 'nanoid':
      return randomText(NANOID, version ?? 21)
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const BASE_36 = `0123456789${LETTERS}`
/** Without I, L, O and U. https://www.crockford.com/base32.html */
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** Those that need no escape in a URL. https://github.com/ai/nanoid */
const NANOID = `-_${BASE_36}${LETTERS.toUpperCase()}`

/** 48 bits of time in milliseconds, and 74 random ones. RFC 9562, section 5.7. */
function uuid7(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

/** The letter c, the time in milliseconds, and 16 characters. https://github.com/paralleldrive/cuid */
function cuid1(): string {
  return `c${Date.now().toString(36)}${randomText(BASE_36, 16)}`
}

/** 24 characters, the first of which is a letter. https://github.com/paralleldrive/cuid2 */
function cuid2(): string {
  return randomText(LETTERS, 1) + randomText(BASE_36, 23)
}

/** 48 bits of time in milliseconds, and 80 random ones. https://github.com/ulid/spec */
function ulid(): string {
  let time = ''
  for (let left = Date.now(); time.length < 10; left = Math.floor(left / 32)) time = CROCKFORD.charAt(left % 32) + time
  return time + randomText(CROCKFORD, 16)
}

/** Each character is as likely as every other: bytes that would favour the first ones are drawn again. */
function randomText(alphabet: string, length: number): string {
  const fair = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) {
      if (byte < fair) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
}
