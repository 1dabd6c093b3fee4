import { createHash } from 'node:crypto'
import { lengthPrefixed, TENANT_SCOPE } from '../../envelope/index.js'

/**
 * The owner of a row of the key table: 16 bytes in hexadecimal. Rows are found by this alone, never by the tenant's text,
 * which many collations take for that of another tenant (`acme`, `ACME`, `acmé`).
 */
export function ownerOf(app: string, tenant: string): string {
  return createHash('sha256')
    .update(lengthPrefixed(['prisma-envelope/v1/key-owner', app, tenant, TENANT_SCOPE]))
    .digest('hex')
    .slice(0, 32)
}
