export { openLeaves } from './open-leaves.js'
export { sealLeaves } from './seal-leaves.js'
