import type { LocalKms } from 'prisma-envelope/local-kms'

/** How many calls reached KMS while something was done. The embedded KMS writes down each, as CloudTrail would. */
export async function callsDuring(kms: LocalKms, work: () => PromiseLike<unknown>): Promise<number> {
  const before = kms.calls.count()
  await work()
  return kms.calls.count() - before
}

/** `4 (CreateKey 2, CreateAlias 2)`, since the log was last emptied. */
export function countsByOperation({ calls }: LocalKms): string {
  const names = [...new Set(calls.entries.map(({ eventName }) => eventName))]
  // Not as they came: what is sent at the same time arrives in any order.
  names.sort((a, b) => calls.count(b) - calls.count(a) || a.localeCompare(b))
  const counts = names.map((name) => `${name} ${calls.count(name)}`)
  return counts.length === 0 ? '0' : `${calls.count()} (${counts.join(', ')})`
}
