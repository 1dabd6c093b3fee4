import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import type { Db } from './db.js'
import type { SendMail } from './mail.js'

interface AuthOptions {
  readonly baseURL: string
  /** Signs the session cookies. */
  readonly secret: string
  readonly sendMail: SendMail
}

/**
 * Sign-up, login, logout and forgotten passwords, by better-auth and its own Prisma adapter, which get the encrypted client as
 * any other. None of it knows an organisation: people, accounts, sessions and tokens are shared, so the unbound client serves.
 */
export function createAuth(prisma: Db, { baseURL, secret, sendMail }: AuthOptions) {
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
    // Its log quotes e-mail addresses, and Prisma's errors the arguments of a call: failures go to `onError`, as all others do.
    logger: { disabled: true },
    onAPIError: { throw: true },
    telemetry: { enabled: false },
  })
}

export type Auth = ReturnType<typeof createAuth>
