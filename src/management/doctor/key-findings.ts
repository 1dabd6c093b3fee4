import type { ExaminedKey } from '../../keys/index.js'
import type { Finding } from './finding.js'

/** What works without the right, and what then does not. */
const OPTIONAL: Partial<Record<ExaminedKey['check'], string>> = {
  cmk: 'Without kms:DescribeKey, rotation is noticed only when a new data key is generated. Allow it, or ignore this.',
  rewrap: 'Without kms:ReEncrypt, this process cannot rewrap data keys. Allow it to whatever is to rotate keys.',
}

/** One finding for each call that KMS was asked for one tenant. */
export function keyFindings(tenant: string, examined: readonly ExaminedKey[]): Finding[] {
  return examined.map(({ check, cmk, seen = '', error }): Finding => {
    const subject = cmk === undefined ? tenant : `${tenant}: ${cmk}`
    if (error === undefined) return { check, subject, outcome: 'ok', message: seen }
    const { code, message } = error
    const optional = code === 'ENVELOPE_KMS_ACCESS_DENIED' ? OPTIONAL[check] : undefined
    return {
      check,
      subject,
      outcome: optional === undefined ? 'problem' : 'warning',
      message: optional === undefined ? message : `${message} ${optional}`,
      ...(code !== undefined && { code }),
    }
  })
}
