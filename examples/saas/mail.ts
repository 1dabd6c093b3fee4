/** A message with a link that lets its reader in: to sign, to join, to set a new password. */
export interface Message {
  readonly to: string
  readonly subject: string
  readonly link: string
}

/** Your mail service goes here. */
export type SendMail = (message: Message) => Promise<void>

/** For development: what would be sent is shown in the terminal. */
export const mailToTerminal: SendMail = async ({ to, subject, link }) => {
  process.stderr.write(`\nMail to ${to}: ${subject}\n  ${link}\n\n`)
}
