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
  encode(value) {
    if (!isUint8Array(value)) throw wrongType('a Uint8Array', value)
    // A copy: the caller's own array may change before it is sealed.
    return new Uint8Array(value)
  },
  // A copy: the opened bytes are wiped after decoding.
  decode: (opened, start, end) => new Uint8Array(opened.subarray(start, end)),
  canonical(value) {
    if (!(value instanceof Uint8Array)) throw notIndexable('a Uint8Array')
    return value
  },
  // Prisma writes the bytes of a default in base64.
  literal: (written) => new Uint8Array(Buffer.from(written, 'base64')),
}
