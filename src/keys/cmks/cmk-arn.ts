import { quoted } from '../../quoting/quote.js'

/** Whether a configured id names one key for good: a key ARN, and not an alias or a bare key id. */
export function isKeyArn(keyId: string): boolean {
  return /^arn:[^:]*:kms:[^:]*:[^:]*:key\//.test(keyId)
}

/** Whether two key ARNs name one key: the same one, or replicas of a multi-Region key in one account. */
export function isSameKey(a: string, b: string): boolean {
  if (a === b) return true
  const [, partitionA, serviceA, , accountA, keyA, moreA] = a.split(':')
  const [, partitionB, serviceB, , accountB, keyB, moreB] = b.split(':')
  return (
    keyA?.startsWith('key/mrk-') === true &&
    keyA === keyB &&
    accountA === accountB &&
    partitionA === partitionB &&
    serviceA === serviceB &&
    moreA === moreB
  )
}

/** Whether a configured id may stand for the key that KMS says it used: an alias for any, an ARN or a key id for one. */
export function mayStandFor(keyId: string, arn: string): boolean {
  if (keyId.startsWith('alias/') || keyId.includes(':alias/')) return true
  return isKeyArn(keyId) ? isSameKey(keyId, arn) : arn.endsWith(`:key/${keyId}`)
}

/** An ARN out of a row, for an error: what is no ARN is not repeated in an error or a log. */
export function shownArn(arn: string): string {
  return isKeyArn(arn) ? quoted(arn) : 'a CMK with a damaged name'
}
