import { FLAG_INLINE, HEAD_LENGTH, VERSION } from '../envelope/format.js'
import { suites } from '../envelope/index.js'
import { TAG_LENGTH } from '../envelope/suites/suite.js'
import { WRAP_TAG_LENGTH } from '../envelope/wrapped-key.js'

const known = Object.values(suites)

/** The first two bytes of every envelope that this release writes, in hexadecimal: version and suite, flags. */
export const envelopeHeads: readonly string[] = known.map(({ id }) =>
  Buffer.from([(VERSION << 4) | id, FLAG_INLINE]).toString('hex'),
)

/** The minimum length of an envelope: head, wrap tag, length of the wrapped key, nonce, tag; `docs/format.md`, Layout. */
export const minimumEnvelopeBytes =
  HEAD_LENGTH + WRAP_TAG_LENGTH + 2 + Math.min(...known.map(({ nonceLength }) => nonceLength)) + TAG_LENGTH
