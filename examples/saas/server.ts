/**
 * `npm run example:saas`: an application of many organisations with field encryption, on SQLite and the embedded KMS.
 *
 * Begin with `app.ts`; what is special here is in `prisma/schema.prisma`, `caller.ts` and `signing.ts`.
 */
import { serve } from '@hono/node-server'
import { createApp } from './app.js'
import { closeDb, openDb } from './db.js'
import { createTables, DEVELOPMENT_SECRET, dataFiles } from './development.js'
import { chooseKms } from './kms.js'
import { logToStdout as log } from './log.js'
import { mailToTerminal } from './mail.js'

// The AWS SDK warns once about Node versions that it is going to leave behind. Its own switch for that one warning.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const { database, keyFile } = dataFiles()
const { provider, createKey } = await chooseKms(process.env, keyFile)
await createTables(database)
const prisma = openDb(database, provider)

// Loopback: put a proxy with TLS before it, or set HOST.
const hostname = process.env.HOST || '127.0.0.1'
const port = Number(process.env.PORT ?? 3000)
const baseURL = process.env.BASE_URL || `http://${hostname}:${port}`
const secret = process.env.BETTER_AUTH_SECRET || DEVELOPMENT_SECRET
if (process.env.NODE_ENV === 'production' && secret === DEVELOPMENT_SECRET) throw new Error('Set BETTER_AUTH_SECRET.')

const { fetch } = createApp({ prisma, createKey, sendMail: mailToTerminal, log, baseURL, secret })
const server = serve({ fetch, hostname, port }, (address) => {
  log({ level: 'info', event: 'listening', url: `http://${hostname}:${address.port}` })
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => server.close(() => closeDb(prisma).then(() => log({ level: 'info', event: 'stopped' }))))
}
