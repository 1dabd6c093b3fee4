/**
 * `npm run demo`: what prisma-envelope does, on an SQLite file and the embedded KMS. Read the steps in this order.
 *
 * Every sentence with a ✓ or ✗ is checked before it is printed; the exit code is 1 when one does not hold.
 */
import { end, type Step, setUp } from './demo.js'
import { countsByOperation } from './kms-calls.js'
import { createCmks } from './steps/1-create-cmks.js'
import { loadCustomers } from './steps/2-load-customers.js'
import { readTheSameRow } from './steps/3-read-the-same-row.js'
import { refuseOtherTenants } from './steps/4-refuse-other-tenants.js'
import { tamperWithRows } from './steps/5-tamper-with-rows.js'
import { disableOneCmk } from './steps/6-disable-one-cmk.js'
import { findByEmail } from './steps/7-find-by-email.js'
import { searchByPart } from './steps/8-search-by-part.js'
import { rotateACmk } from './steps/9-rotate-a-cmk.js'
import { searchTheFile } from './steps/10-search-the-file.js'
import { introduction, summary } from './story.js'
import { heading, print, say, styled } from './terminal.js'

const steps: readonly Step[] = [
  createCmks,
  loadCustomers,
  readTheSameRow,
  refuseOtherTenants,
  tamperWithRows,
  disableOneCmk,
  findByEmail,
  searchByPart,
  rotateACmk,
  searchTheFile,
]

// The AWS SDK warns once about Node versions that it is going to leave behind, Node 20 among them. Its own switch for
// that one warning, which would appear in the middle of the first step; other warnings still show.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const started = performance.now()
const demo = await setUp()
try {
  introduction(demo)
  for (const [i, step] of steps.entries()) {
    heading(`${i + 1}. ${step.title}`)
    say(step.why)
    print()
    demo.kms.calls.reset()
    await step.run(demo)
    print(`  ${styled('magenta', `KMS calls in this step: ${countsByOperation(demo.kms)}`)}`)
  }
  summary(demo, performance.now() - started)
} catch (error) {
  process.exitCode = 1
  print()
  print(styled('red', 'The demo stops here.'))
  console.error(error)
} finally {
  await end(demo.prisma)
  demo.kms.close()
}
