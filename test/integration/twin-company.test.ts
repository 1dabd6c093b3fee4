import { testTwins } from '../support/twin-run.js'

// Rows have owner relations, and some are shared. Its sequences cost more: three plain twins are kept the same.
await testTwins('twin-company', 180)
