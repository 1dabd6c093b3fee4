import { FLAG_INLINE, HEAD_LENGTH, VERSION } from '../envelope/format.js'
import { suites } from '../envelope/index.js'
import { TAG_LENGTH } from '../envelope/suites/suite.js'

const known = Object.values(suites)

/** The first two bytes of every envelope that this release reads, in hexadecimal: version and suite, flags. */
export const envelopeHeads: readonly string[] = known.flatMap(({ id }) =>
  [0, FLAG_INLINE].map((flags) => Buffer.of((VERSION << 4) | id, flags).toString('hex')),
)

/** The minimum length of an envelope: head, nonce, tag; `docs/format.md`, Layout. */
export const minimumEnvelopeBytes = HEAD_LENGTH + Math.min(...known.map(({ nonceLength }) => nonceLength)) + TAG_LENGTH
