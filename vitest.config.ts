import { availableParallelism } from 'node:os'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { findChromium } from './test/support/chromium.js'
import { hasMariadb } from './test/support/servers/mariadb-programs.js'

/**
 * Two kinds of tests. `unit` needs nothing; the integration tests, in `test/integration/`, run once for each database,
 * each a project of its own, in which `TEST_DB` names the database.
 *
 * One project: `npm test -- --project sqlite`. One file: `npm test -- --project sqlite test/integration/create.test.ts`.
 */
function integration(name: 'postgresql' | 'sqlite' | 'mariadb'): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: ['test/integration/**/*.test.ts'],
      globalSetup: [`test/support/servers/${name}.ts`],
      // Prisma's name for it.
      env: { TEST_DB: name === 'mariadb' ? 'mysql' : name },
    },
  }
}

/** MariaDB comes with no npm package: without one on the machine, its tests cannot run, and the end of the run says so. */
const withMariadb = hasMariadb()
const leftOut = [
  ...(withMariadb
    ? []
    : [
        'The tests on MariaDB were LEFT OUT: no TEST_MARIADB_URL, and no mariadbd on this machine (Debian: apt-get install mariadb-server).',
      ]),
  ...(findChromium() === undefined
    ? [
        'The tests in a browser were LEFT OUT: no TEST_CHROMIUM, and no Chromium on this machine (Debian: apt-get install chromium).',
      ]
    : []),
]

export default defineConfig({
  test: {
    // The AWS SDK tells every process that it will drop Node 20 in 2027.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // Native modules (libsql) are only safe in processes of their own, not in worker threads.
    pool: 'forks',
    // For what hangs. A test that waits for something may take long on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    // Two even on a machine of two processors: many tests wait, for a database or a child process.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', ['./test/support/count-reporter.ts', { leftOut }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/generated/**'],
        },
      },
      integration('sqlite'),
      integration('postgresql'),
      ...(withMariadb ? [integration('mariadb')] : []),
    ],
  },
})
