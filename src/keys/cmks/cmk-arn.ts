import { regionlessArn } from '../../envelope/index.js'

/** Whether a configured id names one key for good: a key ARN, and not an alias or a bare key id. */
export function isKeyArn(keyId: string): boolean {
  return /^arn:[^:]*:kms:[^:]*:[^:]*:key\//.test(keyId)
}

/** Whether two key ARNs name one key: the same one, or replicas of a multi-Region key in one account. */
export function isSameKey(a: string, b: string): boolean {
  return regionlessArn(a) === regionlessArn(b)
}

/** Whether a configured id may stand for the key that KMS says it used: an alias for any, an ARN or a key id for one. */
export function mayStandFor(keyId: string, arn: string): boolean {
  if (keyId.startsWith('alias/') || keyId.includes(':alias/')) return true
  return isKeyArn(keyId) ? isSameKey(keyId, arn) : arn.endsWith(`:key/${keyId}`)
}
