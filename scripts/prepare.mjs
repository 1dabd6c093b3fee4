/**
 * Makes a checkout ready, from whatever state it is in: `node scripts/prepare.mjs TARGET`, which is `build`, `demo`,
 * `example`, `saas`, `worker`, `test`, `integration` or `bench`.
 *
 * Runs before `npm run demo`, `npm run example`, `npm run example:saas`, `npm run example:worker`, `npm test`, `npm run bench` and `npm run check`, and
 * as `npm run build`.
 * Each step is skipped while nothing that it reads has changed, so that a second run costs a fraction of a second. It
 * uses Node, npm and the package registry, nothing else. `integration` is `test` without the examples.
 */
import { buildPackage } from './prepare/build.mjs'
import {
  generateBenchClient,
  generateDemoClient,
  generateHttpApiClient,
  generateSaasClient,
  generateTestClients,
  generateWorkerClient,
} from './prepare/generate.mjs'
import { installBenchPeers, installDependencies } from './prepare/install.mjs'
import { withLock } from './prepare/lock.mjs'

const targets = ['build', 'demo', 'example', 'saas', 'worker', 'test', 'integration', 'bench']
const target = process.argv[2]
if (!targets.includes(target)) {
  console.error(`Usage: node scripts/prepare.mjs ${targets.join('|')}`)
  process.exit(2)
}

try {
  await withLock(async () => {
    await installDependencies()
    const build = buildPackage()
    const steps = [build]
    if (target === 'test' || target === 'integration' || target === 'bench') steps.push(generateTestClients())
    if (target === 'test' || target === 'bench') steps.push(generateBenchClient())
    if (target === 'bench') steps.push(installBenchPeers())
    if (target === 'test' || target === 'demo') steps.push(build.then(generateDemoClient))
    if (target === 'test' || target === 'example') steps.push(build.then(generateHttpApiClient))
    if (target === 'test' || target === 'saas') steps.push(build.then(generateSaasClient))
    if (target === 'test' || target === 'worker') steps.push(build.then(generateWorkerClient))
    // All are let finish before the first failure is reported: a half-written client helps nobody.
    for (const result of await Promise.allSettled(steps)) if (result.status === 'rejected') throw result.reason
  })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
