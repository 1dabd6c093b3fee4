import { testTwins } from '../support/twin-run.js'

await testTwins('twin', 700)
