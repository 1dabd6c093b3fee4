/**
 * `npx tsx examples/http-api/cmk.ts disable northside`, or `enable`: does to a clinic's CMK what its owner would do in AWS.
 *
 * The embedded KMS's file may be used by several processes: the running server sees the change.
 */
import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms'
import { localKms } from 'prisma-envelope/local-kms'
import { aliasOf } from './db.js'
import { dataFiles } from './development.js'

const [action, tenant = ''] = process.argv.slice(2)
if (action !== 'disable' && action !== 'enable') throw new Error('Usage: cmk.ts disable|enable <clinic>')

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
const kms = localKms({ file: dataFiles().keyFile })
const { cmk } = await kms.provider.describeKey({ keyId: aliasOf(tenant) })
// KMS does not accept an alias here.
const input = { KeyId: cmk.arn }
await (action === 'disable'
  ? kms.client.send(new DisableKeyCommand(input))
  : kms.client.send(new EnableKeyCommand(input)))
console.log(`The CMK of ${tenant} is ${action}d.`)
kms.close()
