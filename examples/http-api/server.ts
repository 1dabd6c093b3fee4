/**
 * `npm run example`: a multi-tenant HTTP API with field encryption, on SQLite and the embedded KMS.
 *
 * Begin with `app.ts`; what is special here is in `tenant.ts` and `db.ts`.
 */
import { mkdirSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { createApp } from './app.js'
import { chooseKms, closeDb, openDb } from './db.js'
import { createTables, DEMO_KEYS, dataFiles, issueDemoKeys } from './development.js'
import { logToStdout as log } from './log.js'

/** How long requests may take to finish when the server stops, in milliseconds. */
const GRACE = 10_000

// The AWS SDK warns once about Node versions that it is going to leave behind. Its own switch for that one warning.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const { folder, database, keyFile } = dataFiles()
mkdirSync(folder, { recursive: true })
const kms = await chooseKms(process.env, { file: keyFile, tenants: Object.keys(DEMO_KEYS) })
await createTables(database)
const prisma = openDb(database, kms)
if (process.env.NODE_ENV !== 'production') await issueDemoKeys(prisma)

const { fetch } = createApp(prisma, log)
// Loopback: put a proxy with TLS before it, or set HOST.
const hostname = process.env.HOST || '127.0.0.1'
const server = serve({ fetch, hostname, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  log({ level: 'info', event: 'listening', url: `http://${hostname}:${port}` })
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)

/** No new requests; those that run are let finish; then the data keys are wiped and the connection is closed. */
function stop(signal: NodeJS.Signals): void {
  log({ level: 'info', event: 'stopping', signal })
  const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), GRACE)
  server.close(async () => {
    clearTimeout(cut)
    await closeDb(prisma)
    log({ level: 'info', event: 'stopped' })
  })
}
