import { type Demo, shownPath } from './demo.js'
import { call, claims, heading, print, say, styled } from './terminal.js'

export function introduction({ files }: Demo): void {
  print(styled('bold', 'prisma-envelope: transparent field encryption for Prisma, with an AWS KMS key per tenant'))
  print()
  say(
    'Three companies keep their customers in one table. Names, e-mail addresses, national ids and more are encrypted on ' +
      'the way into the database and decrypted on the way out; the application goes on writing ordinary Prisma.',
  )
  print()
  say(
    `The database is SQLite (${shownPath(files.database)}). KMS is the embedded one (${shownPath(files.kms)}): the real AWS ` +
      'SDK talks to it inside this process, so there is no AWS account, no Docker and no network in this.',
  )
}

export function summary({ prisma, files }: Demo, milliseconds: number): void {
  const { sealed, opened, hits, generated } = prisma.$encryption.stats()
  const number = (value: number) => value.toLocaleString('en-US')
  heading('What you have seen')
  say(
    `The main client sealed ${number(sealed)} values and opened ${number(opened)}. It needed ${generated} data keys from KMS, ` +
      `and found them in memory ${number(hits)} times. ${claims()} claims were checked, in ${(milliseconds / 1000).toFixed(1)} s.`,
  )
  print()
  say(`Look for yourself. ${shownPath(files.database)} and ${shownPath(files.kms)} stay here until the next run:`)
  call(
    `sqlite3 ${shownPath(files.database)} 'SELECT id, tenantId, plan, length(email), substr(email, -32) FROM Customer LIMIT 5'`,
  )
  print()
  say('What to read next:')
  print('    prisma/schema.prisma        the schema: comments say which columns are encrypted')
  print('    examples/demo/client.ts     all the set-up there is')
  print('    README.md                   your own schema in five minutes, and what this does not protect against')
}
