import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCustomers } from '../../examples/demo/customers.js'
import { claim, refused } from '../../examples/demo/terminal.js'

const ENCRYPTED = ['name', 'email', 'phone', 'nationalId', 'birthday', 'address', 'notes'] as const
const root = fileURLToPath(new URL('../..', import.meta.url))

describe('npm run demo', () => {
  let folder: string
  let demo: { code: number | null; output: string; errors: string }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'prisma-envelope-demo-'))
    demo = await runDemo(folder)
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('succeeds, and prints nothing but its story', () => {
    expect(demo.errors).toBe('')
    expect(demo.code).toBe(0)
    // No colours where nobody looks.
    expect(demo.output).not.toContain('\u001b')
  })

  test('tells what it does, and how many KMS calls each step took', () => {
    for (const line of [
      '540 rows are stored.',
      '3,247 values were sealed, for 3 data keys: one per tenant.',
      '540 rows of three tenants, for 3 calls to KMS: each data key is unwrapped once.',
      'Every value is what customers.csv says.',
      "No call to KMS: globex's CMK is not even asked for.",
      'acme and initech read all their rows.',
      'Enabled again, globex reads all its rows again.',
      'The index is of the trimmed, lower-case address.',
      'Found: a customer of acme. Now the tenant is known.',
      "Refused: P2002, Prisma's own error for a unique column.",
      'Allowed: each company keeps its own customers.',
      '64 of 210: the same as if the database could read.',
      'Found: Mia Brandt, +49 30 23125853.',
      'The first 5 of 50, in order; the cursor leads to the next page.',
      '210 rows were rewrapped.',
      '1 ReEncrypt for all of them: they share one data key.',
      "acme's wrapped keys have moved, and nobody else's.",
      'Every ciphertext is what it was, bit by bit.',
      'The search does find things',
    ]) {
      expect(demo.output).toContain(line)
    }
    const codes = [...demo.output.matchAll(/✗ (ENVELOPE_\w+)/g)].map(([, code]) => code)
    expect(codes).toEqual([
      'ENVELOPE_TENANT_MISMATCH',
      'ENVELOPE_TENANT_CONFLICT',
      'ENVELOPE_TENANT_UNKNOWN',
      'ENVELOPE_TENANT_REQUIRED',
      'ENVELOPE_TENANT_MISMATCH',
      'ENVELOPE_AUTHENTICATION_FAILED',
      'ENVELOPE_AUTHENTICATION_FAILED',
      'ENVELOPE_NOT_AN_ENVELOPE',
      'ENVELOPE_KMS_DISABLED',
      'ENVELOPE_KMS_DISABLED',
    ])
    const calls = [...demo.output.matchAll(/KMS calls in this step: (.*)/g)].map(([, counts]) => counts)
    expect(calls).toEqual([
      '8 (CreateAlias 4, CreateKey 4)',
      '10 (GenerateMac 4, DescribeKey 3, GenerateDataKey 3)',
      '3 (Decrypt 3)',
      '0',
      '2 (Decrypt 2)',
      '7 (Decrypt 4, DescribeKey 1, DisableKey 1, EnableKey 1)',
      '4 (GenerateMac 2, Decrypt 1, GenerateDataKey 1)',
      '0',
      '4 (Decrypt 2, DescribeKey 1, ReEncrypt 1)',
      '0',
    ])
  })

  test('leaves the database and the key file, and nothing else that matters', () => {
    expect(existsSync(join(folder, 'demo.db'))).toBe(true)
    expect(readFileSync(join(folder, 'kms.json'), 'utf8')).toContain('alias/demo/initech')
  })

  test('leaves all customers in the database, with an envelope or NULL in each encrypted column', async () => {
    const client = createClient({ url: `file:${join(folder, 'demo.db')}` })
    const { rows } = await client.execute('SELECT * FROM Customer')
    client.close()
    const counts = new Map<unknown, number>()
    for (const row of rows) counts.set(row.tenantId, (counts.get(row.tenantId) ?? 0) + 1)
    expect(Object.fromEntries(counts)).toEqual({ acme: 210, globex: 180, initech: 150 })
    for (const row of rows) for (const column of ENCRYPTED) expect(row[column] ?? 'pe1:').toMatch(/^"?pe1:/)
  })

  test('leaves no plaintext of an encrypted column in the bytes of its files', () => {
    const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))))
    const customers = [...readCustomers().values()].flat()
    expect(customers.length).toBe(540)
    const plaintexts = new Set(
      customers.flatMap((customer) =>
        ENCRYPTED.map((column) => customer[column] ?? '')
          .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
          .filter((value) => value !== ''),
      ),
    )
    expect([...plaintexts].filter((plaintext) => bytes.includes(plaintext))).toEqual([])
    // The control: this does find what is there.
    expect(bytes.includes('enterprise')).toBe(true)
  }, 60_000)

  test('starts afresh when it is run again', async () => {
    const again = await runDemo(folder)
    expect(again.code).toBe(0)
    expect(again.output).toContain('540 rows are stored.')
  }, 120_000)
})

describe('what the demo says', () => {
  test('is not said when it does not hold', async () => {
    expect(() => claim(1 + 1 === 3, 'One and one is three.')).toThrow('One and one is three.')
    await expect(refused('ENVELOPE_TENANT_MISMATCH', async () => 'a row')).rejects.toThrow('it succeeded')
    const other = async () => {
      throw new Error('disk full')
    }
    await expect(refused('ENVELOPE_TENANT_MISMATCH', other)).rejects.toThrow('disk full')
  })
})

async function runDemo(folder: string) {
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs')
  const child = spawn(process.execPath, [tsx, 'examples/demo/main.ts'], {
    cwd: root,
    env: { ...process.env, DEMO_DIR: folder, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return {
    code,
    output: Buffer.concat(output).toString(),
    errors: Buffer.concat(errors).toString(),
  }
}
