import { isUint8Array } from 'node:util/types'
import { notIndexable, wrongType } from './refusals.js'
import type { IndexableType } from './value-type.js'

export const bytes: IndexableType = {
  name: 'bytes',
  prismaTypes: ['Bytes'],
  column: 'bytes',
  structured: false,
  normalizable: false,
  verbatim: false,
  isStored: isUint8Array,
  encode(value) {
    if (!isUint8Array(value)) throw wrongType('a Uint8Array', value)
    // A copy: the caller's own array may change before it is sealed.
    return new Uint8Array(value)
  },
  decode(opened) {
    if (typeof opened === 'string') throw new Error('a value of bytes is in the text form')
    return opened
  },
  canonical(value) {
    if (!(value instanceof Uint8Array)) throw notIndexable('a Uint8Array')
    return value
  },
  // Prisma writes the bytes of a default in base64.
  literal: (written) => new Uint8Array(Buffer.from(written, 'base64')),
}
