import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { aliasOf } from '../../../examples/saas/db.js'
import { chooseKms } from '../../../examples/saas/kms.js'
import { startExample } from '../start-example.js'
import { PASSWORD, SECRETS } from './contract.js'
import { ORIGIN } from './stage.js'

const folder = mkdtempSync(join(tmpdir(), 'prisma-envelope-saas-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the KMS', () => {
  test('is AWS KMS by an environment variable, otherwise the embedded one, but never in production', async () => {
    const file = join(folder, 'chosen.json')
    expect(Object.keys((await chooseKms({ KMS: 'aws', AWS_REGION: 'eu-central-1' }, file)).provider)).toContain(
      'generateDataKey',
    )
    await expect(chooseKms({ KMS: 'aws' }, file)).rejects.toThrow('AWS_REGION')
    await expect(chooseKms({ NODE_ENV: 'production' }, file)).rejects.toThrow('KMS=aws')
    const { provider, createKey } = await chooseKms({}, file)
    await createKey('new')
    expect((await provider.describeKey({ keyId: aliasOf('new') })).enabled).toBe(true)
  })
})

describe('npm run example:saas', () => {
  test('starts, answers, keeps its data, and stops in order', async () => {
    const data = join(folder, 'example')
    const first = await startExample('examples/saas/server.ts', data, { BASE_URL: ORIGIN })
    const answer = await post(`${first.url}/auth/sign-up/email`, {
      name: 'Ann Archer',
      email: 'ann@acme.example',
      password: PASSWORD,
    })
    expect(answer.status).toBe(200)
    const cookie = answer.headers.getSetCookie().join()
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/)
    const headers = { Cookie: cookie.split(';')[0] ?? '' }
    expect((await post(`${first.url}/organizations`, { name: 'Acme Works' }, headers)).status).toBe(201)
    // A request that another site makes a browser send.
    const evil = { ...headers, Origin: 'https://evil.example' }
    expect((await post(`${first.url}/auth/sign-out`, {}, evil)).status).toBe(403)
    expect(await first.stop()).toEqual({ code: 0, last: 'stopped' })

    const second = await startExample('examples/saas/server.ts', data, { BASE_URL: ORIGIN })
    const kept = await fetch(`${second.url}/organizations`, { headers })
    expect(await kept.json()).toMatchObject({ organizations: [{ name: 'Acme Works', role: 'owner' }] })
    expect(await second.stop()).toEqual({ code: 0, last: 'stopped' })
    const lines = [...first.lines, ...second.lines]
    expect(lines.filter((line) => SECRETS.some((secret) => line.includes(secret)))).toEqual([])
  }, 60_000)
})

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: ORIGIN, ...headers },
    body: JSON.stringify(body),
  })
}
