import { notIndexable, opensAsText, wellFormed, wrongType } from './refusals.js'
import type { IndexableType } from './value-type.js'

export const text: IndexableType = {
  name: 'text',
  prismaTypes: ['String'],
  column: 'text',
  structured: false,
  normalizable: true,
  verbatim: true,
  isStored: (value) => typeof value === 'string',
  encode(value) {
    if (typeof value !== 'string') throw wrongType('a string', value)
    return wellFormed(value)
  },
  decode: opensAsText,
  canonical(value) {
    if (typeof value !== 'string') throw notIndexable('a string')
    if (!value.isWellFormed()) throw notIndexable('well-formed Unicode, without lone surrogates')
    return value
  },
  literal: (written) => written,
}
