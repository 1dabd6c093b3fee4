import { it as base, describe, expect } from 'vitest'
import { type Application, clientText, createApplication } from './application.js'
import { runCommand } from './run-command.js'

const it = base.extend<{ app: Application }>({
  app: async ({ task: _ }, use) => use(await createApplication()),
})

const client = clientText("(tenant) => (tenant === 'acme' ? 'alias/acme' : undefined)")

describe('prisma-envelope doctor', { timeout: 60_000 }, () => {
  it('prints what is wrong with the remedy, and counts the rest', async ({ app }) => {
    await app.configure(`${client}\nexport default defineConfig({ client: extended(), tenants: () => ['acme'] })\n`)
    const { code, out, err } = await runCommand(['doctor'], app.folder)
    expect(err).toBe('')
    expect(out).toMatch(
      /warning {2}guard database: \d+ of \d+ columns accept plaintext .*`prisma-envelope sql --checks`/,
    )
    expect(out).toMatch(/\n\d+ in order, 1 warning, 0 problems\.\n$/)
    expect(code).toBe(0)
  })

  it('ends with 3 for a problem, as JSON too', async ({ app }) => {
    await app.configure(`${client}\nexport default defineConfig({ client: extended })\n`)
    const { code, out } = await runCommand(['doctor', '--json', '--tenant', 'acme', 'nobody'], app.folder)
    const problems = JSON.parse(out).filter(({ outcome }: { outcome: string }) => outcome === 'problem')
    expect(problems).toMatchObject([{ check: 'cmk', subject: 'nobody', code: 'ENVELOPE_TENANT_UNKNOWN' }])
    expect(code).toBe(3)
  })

  it.for<[string, string, RegExp]>([
    ['exports no client', 'export default {}', /has no default export with a `client`/],
    ['exports nothing', 'export const other = 1', /has no default export with a `client`/],
    ['has a client that is not extended', `${client}\nexport default { client: open() }`, /is not extended/],
    [
      'has tenants that are no function',
      `${client}\nexport default { client: extended(), tenants: [] }`,
      /must be a function/,
    ],
    ['throws', "throw new Error('no DATABASE_URL')", /^prisma-envelope doctor: no DATABASE_URL\n$/],
  ])('refuses a configuration that %s', async ([, text, complaint], { app }) => {
    await app.configure(text)
    const { code, out, err } = await runCommand(['doctor'], app.folder)
    expect(err).toMatch(complaint)
    expect([code, out]).toEqual([1, ''])
  })

  it('says what to write where there is no configuration', async ({ app }) => {
    expect((await runCommand(['doctor'], app.folder)).err).toMatch(
      /There is no prisma-envelope\.config\.ts here\. Write one/,
    )
    expect((await runCommand(['doctor', '--config', 'x.ts'], app.folder)).err).toMatch(/There is no file x\.ts/)
  })
})
