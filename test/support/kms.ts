import { type LocalKms, localKms } from '../../src/kms/local-kms/index.js'

/** The tenants that the test KMS has a CMK for, each under `alias/tenant/<name>`. `1` and `2` are for Int columns, `main` for shared rows. */
export const TENANTS = ['acme', 'globex', 'initech', '1', '2', 'main'] as const

/** An embedded KMS with one CMK for each of {@link TENANTS}, and one HMAC key for indexes. */
export async function testKms(): Promise<LocalKms> {
  const kms = localKms()
  for (const tenant of TENANTS) await kms.createKey({ alias: `alias/tenant/${tenant}` })
  await kms.createKey({ alias: 'alias/index', spec: 'HMAC_256' })
  kms.calls.reset()
  return kms
}

/** Has the next call of an operation wait for `release`. It has `arrived` when KMS has it. */
export function holdNext(kms: LocalKms, operation: string): { readonly arrived: Promise<void>; release(): void } {
  let arrive = () => {}
  let release = () => {}
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  kms.faults.next({
    operation,
    hold: () => {
      arrive()
      return released
    },
  })
  return { arrived, release: () => release() }
}
