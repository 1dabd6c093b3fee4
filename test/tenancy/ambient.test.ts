import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { ambientTenant, enterTenant, runWithTenant } from '../../src/tenancy/index.js'

describe('the ambient tenant', () => {
  it('is there within, also after waits, and not outside', async () => {
    expect(ambientTenant()).toBeUndefined()
    const seen = await runWithTenant('acme', async () => {
      const first = ambientTenant()
      await sleep(1)
      return [first, ambientTenant(), await Promise.resolve().then(ambientTenant)]
    })
    expect(seen).toEqual(['acme', 'acme', 'acme'])
    expect(ambientTenant()).toBeUndefined()
  })

  it('is spelt as tenants are', async () => {
    expect(await runWithTenant(7, ambientTenant)).toBe('7')
    expect(await runWithTenant(8n, ambientTenant)).toBe('8')
  })

  it('is there when a lazy promise that was returned is started', async () => {
    const lazy = {
      // biome-ignore lint/suspicious/noThenProperty: what Prisma's promises are
      then: (done: (tenant: string | undefined) => void) => done(ambientTenant()),
    }
    expect(await runWithTenant('acme', () => lazy as unknown as PromiseLike<string>)).toBe('acme')
  })

  it('nests, and does not mix among those that run at once', async () => {
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((tenant, i) =>
        runWithTenant(tenant, async () => {
          await sleep(3 - i)
          const inner = await runWithTenant(`${tenant}${tenant}`, async () => {
            await sleep(i)
            return ambientTenant()
          })
          return [ambientTenant(), inner]
        }),
      ),
    )
    expect(seen).toEqual([
      ['a', 'aa'],
      ['b', 'bb'],
      ['c', 'cc'],
    ])
  })

  it('is refused where it cannot be a tenant, before the work: by a rejection, not a throw', async () => {
    const work = vi.fn()
    const refused = runWithTenant('', work)
    await expect(refused).rejects.toMatchObject({ code: 'ENVELOPE_TENANT_INVALID' })
    expect(work).not.toHaveBeenCalled()
  })

  it('is seen by every copy of the package', async () => {
    vi.resetModules()
    const other = await import('../../src/tenancy/index.js')
    expect(other.runWithTenant).not.toBe(runWithTenant)
    expect(await other.runWithTenant('acme', ambientTenant)).toBe('acme')
    expect(enterTenant('globex', () => other.ambientTenant())).toBe('globex')
  })
})
