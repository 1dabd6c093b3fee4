import type { EncryptedClient } from './clients.js'
import { type Node, tokensIn } from './split.js'

/** Asks the library for the tokens that the arguments hold. */
export async function resolveTokens(client: EncryptedClient, args: Node): Promise<void> {
  for (const token of tokensIn(args)) {
    const { model, source, column } = token.index
    token.real = await client.$encryption.index(model, source, token.value, { tenant: token.tenant, index: column })
  }
}
