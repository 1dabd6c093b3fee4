import { DescribeKeyCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms'
import type { DemoClient } from '../client.js'
import { end, type Step } from '../demo.js'
import { aliasOf } from '../tenants.js'
import { call, claim, print, say, table } from '../terminal.js'

export const rotateACmk: Step = {
  title: 'A CMK is rotated while the application runs',
  why:
    'New key material in KMS changes nothing that is stored: old data keys are still wrapped under the old material. So ' +
    'each row that is read gets its data key wrapped anew, in the background, inside KMS. Values are not encrypted again.',

  async run({ kms, prisma, newProcess }) {
    const { KeyMetadata: cmk } = await kms.client.send(new DescribeKeyCommand({ KeyId: aliasOf('acme') }))
    const before = await census(prisma)
    const ciphertexts = await endsOf(prisma)

    call("await kms.client.send(new RotateKeyOnDemandCommand({ KeyId }))   // acme's")
    await kms.client.send(new RotateKeyOnDemandCommand({ KeyId: cmk?.KeyId }))
    kms.calls.reset()
    call('await acme.customer.findMany()   // an ordinary read')
    const fresh = newProcess('lazy')
    const customers = await fresh.$forTenant('acme').customer.findMany()
    call('await prisma.$encryption.idle()   // not needed: it only waits for the background')
    await fresh.$encryption.idle()
    const { rewrapped } = fresh.$encryption.stats().rewrap
    await end(fresh)
    claim(rewrapped === customers.length, `${rewrapped} rows were rewrapped.`)
    claim(kms.calls.count('ReEncrypt') === 1, '1 ReEncrypt for all of them: they share one data key.')

    print()
    say(
      'A census, grouped in the database: rows by tenant and by which CMK, with which material, wrapped their data key.',
    )
    call('SELECT tenantId, substr(email, 29, 16) AS wrapping, count(*) FROM Customer GROUP BY 1, 2')
    const after = await census(prisma)
    const rows = [['tenant', 'wrapping before', 'wrapping after', 'rows']]
    for (const [tenant, { wrapping, count }] of before) {
      rows.push([tenant, wrapping, after.get(tenant)?.wrapping ?? '', String(count)])
    }
    table(rows)
    const moved = [...before].filter(([tenant, { wrapping }]) => after.get(tenant)?.wrapping !== wrapping)
    claim(moved.length === 1 && moved[0]?.[0] === 'acme', "acme's wrapped keys have moved, and nobody else's.")
    claim((await endsOf(prisma)) === ciphertexts, 'Every ciphertext is what it was, bit by bit.')
    const again = await prisma.$forTenant('acme').customer.findMany()
    claim(
      again.length === customers.length && again.every(({ email }) => email.includes('@')),
      'All rows of acme still open.',
    )
  },
}

/** Rows by tenant and wrapping. The wrap tag is at a fixed place in every envelope: see docs/format.md. */
async function census(prisma: DemoClient): Promise<Map<string, { wrapping: string; count: number }>> {
  const rows = await prisma.$queryRaw<{ tenantId: string; wrapping: string; count: bigint }[]>`
    SELECT tenantId, substr(email, 29, 16) AS wrapping, count(*) AS count FROM Customer GROUP BY 1, 2 ORDER BY 1`
  return new Map(rows.map(({ tenantId, wrapping, count }) => [tenantId, { wrapping, count: Number(count) }]))
}

/** What follows the wrapped keys: nonces and ciphertexts. */
async function endsOf(prisma: DemoClient): Promise<string> {
  const rows = await prisma.$queryRaw<{ email: string }[]>`SELECT substr(email, -40) AS email FROM Customer ORDER BY id`
  return rows.map(({ email }) => email).join('\n')
}
