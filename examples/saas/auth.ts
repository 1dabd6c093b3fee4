import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import type { Db } from './db.js'
import { describe } from './errors.js'
import type { Log } from './log.js'
import type { SendMail } from './mail.js'

interface AuthOptions {
  readonly baseURL: string
  /** Signs the session cookies. */
  readonly secret: string
  readonly sendMail: SendMail
  readonly log: Log
}

/**
 * Sign-up, login, logout and forgotten passwords, by better-auth and its own Prisma adapter, which get the encrypted client as
 * any other. None of it knows an organisation: people, accounts, sessions and tokens are shared, so the unbound client serves.
 */
export function createAuth(prisma: Db, { baseURL, secret, sendMail, log }: AuthOptions) {
  return betterAuth({
    baseURL,
    secret,
    basePath: '/auth',
    database: prismaAdapter(prisma, { provider: 'sqlite', transaction: true }),
    emailAndPassword: {
      enabled: true,
      sendResetPassword: ({ user, url }) => sendMail({ to: user.email, subject: 'Set a new password', link: url }),
    },
    verification: { modelName: 'verificationToken' },
    // Its messages quote e-mail addresses, and Prisma's errors the arguments of a call.
    logger: { disabled: true },
    onAPIError: {
      onError(error) {
        if (!isRefusal(error)) log({ level: 'error', event: 'authentication failed', ...describe(error) })
      },
    },
    telemetry: { enabled: false },
  })
}

export type Auth = ReturnType<typeof createAuth>

/** A wrong password, an address that is taken: an answer, not a failure. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500
}
