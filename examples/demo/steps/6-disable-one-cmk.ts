import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeKeyCommand, DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms'
import type { DemoClient } from '../client.js'
import { ann } from '../customers.js'
import { end, type Step } from '../demo.js'
import { callsDuring } from '../kms-calls.js'
import { aliasOf } from '../tenants.js'
import { call, claim, print, refused, say } from '../terminal.js'

export const disableOneCmk: Step = {
  title: 'One CMK is disabled',
  why:
    'Globex leaves, so its administrator disables its CMK in KMS. A process that runs trusts a data key in memory for at ' +
    'most `revalidate`, 10 minutes by default; `evict` ends that at once.',

  async run({ kms, prisma, newProcess }) {
    const { KeyMetadata: cmk } = await kms.client.send(new DescribeKeyCommand({ KeyId: aliasOf('globex') }))
    const KeyId = cmk?.KeyId
    const globex = prisma.$forTenant('globex')
    const rowsBefore = await globex.customer.count({ where: { tenantId: 'globex' } })

    call("await kms.client.send(new DisableKeyCommand({ KeyId }))   // globex's; the AWS SDK's own command")
    await kms.client.send(new DisableKeyCommand({ KeyId }))
    call("prisma.$encryption.evict('globex')")
    prisma.$encryption.evict('globex')
    call("await globex.customer.findMany({ where: { tenantId: 'globex' } })")
    await refused('ENVELOPE_KMS_DISABLED', () => globex.customer.findMany({ where: { tenantId: 'globex' } }))
    call('await globex.customer.create({ data })')
    await refused('ENVELOPE_KMS_DISABLED', () => globex.customer.create({ data: ann }))
    claim(
      (await globex.customer.count({ where: { tenantId: 'globex' } })) === rowsBefore,
      'Nothing was written for globex.',
    )

    print()
    say('The others do not notice, not even in a process that has just started and has to ask KMS for their keys:')
    call("await acme.customer.findMany({ where: { tenantId: 'acme' } })   // the same for initech, then a write")
    const fresh = newProcess()
    const calls = await callsDuring(kms, async () => {
      const both = (await readable(fresh, 'acme')) && (await readable(fresh, 'initech'))
      claim(both, 'acme and initech read all their rows.')
    })
    claim(calls === 2, `${calls} calls to KMS.`)
    await end(fresh)
    const acme = prisma.$forTenant('acme')
    const { id } = await acme.customer.findFirstOrThrow({ where: { tenantId: 'acme' } })
    const remark = 'Changed while the CMK of globex was disabled'
    await acme.customer.update({ where: { id, tenantId: 'acme' }, data: { notes: { language: 'en', remark } } })
    const { notes } = await acme.customer.findUniqueOrThrow({ where: { id } })
    claim(JSON.stringify(notes).includes(remark), 'acme goes on writing.')

    print()
    call('await kms.client.send(new EnableKeyCommand({ KeyId }))')
    await kms.client.send(new EnableKeyCommand({ KeyId }))
    // What KMS refused is not asked again for a second.
    await sleep(1_100)
    claim(await readable(prisma, 'globex'), 'Enabled again, globex reads all its rows again. Nothing was lost.')
  },
}

/** Whether all of a tenant's rows can be read, values included. */
async function readable(prisma: DemoClient, tenant: string): Promise<boolean> {
  const customers = await prisma.$forTenant(tenant).customer.findMany({ where: { tenantId: tenant } })
  return customers.length > 0 && customers.every(({ email }) => email.includes('@'))
}
