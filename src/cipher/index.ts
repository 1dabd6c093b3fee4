export { fillTokens, tokenOf } from './fill-tokens.js'
export { type OpenedGroup, openLeaves } from './open-leaves.js'
export { sealLeaves } from './seal-leaves.js'
export { verifyIndexes } from './verify-indexes.js'
