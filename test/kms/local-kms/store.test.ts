import { spawn } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DescribeKeyCommand,
  DisableKeyCommand,
  ListAliasesCommand,
  ListKeysCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EnvelopeConfigError } from '../../../src/errors.js'
import { localKms } from '../../../src/kms/local-kms/index.js'
import { rejection } from '../rejection.js'

const context = { tenant: 'acme' }

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-kms-'))
  file = join(folder, 'nested', 'kms.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function openError(options = {}): EnvelopeConfigError {
  try {
    localKms({ file, ...options })
  } catch (error) {
    if (error instanceof EnvelopeConfigError) return error
    throw error
  }
  throw new Error('expected an error')
}

/** A valid key file, with one member changed. */
async function fileWith(change: (content: Record<string, unknown>) => void): Promise<string> {
  const local = localKms({ file })
  await local.createKey({ alias: 'alias/acme' })
  const content = JSON.parse(readFileSync(file, 'utf8'))
  change(content)
  const text = JSON.stringify(content)
  writeFileSync(file, text)
  return text
}

describe('a key file', () => {
  it('keeps keys, aliases, states and key material for the next start', async () => {
    const before = localKms({ file })
    const { arn } = await before.createKey({ alias: 'alias/acme', tags: { tenant: 'acme' } })
    const hmac = await before.createKey({ spec: 'HMAC_256' })
    const { plaintext, wrapped } = await before.provider.generateDataKey({ keyId: arn, encryptionContext: context })
    const { mac } = await before.provider.generateMac({ keyId: hmac.arn, message: Buffer.from('x') })
    await before.client.send(new RotateKeyOnDemandCommand({ KeyId: arn }))
    const disabled = await before.createKey()
    await before.client.send(new DisableKeyCommand({ KeyId: disabled.arn }))
    before.close()

    const after = localKms({ file })
    const unwrapped = await after.provider.unwrapDataKey({
      blob: wrapped.blob,
      keyId: 'alias/acme',
      encryptionContext: context,
    })
    expect(unwrapped).toEqual({ plaintext, cmk: wrapped.cmk })
    expect((await after.provider.generateMac({ keyId: hmac.arn, message: Buffer.from('x') })).mac).toEqual(mac)
    expect((await after.provider.describeKey({ keyId: disabled.arn })).state).toBe('Disabled')
    const { cmk } = await after.provider.describeKey({ keyId: arn })
    expect(cmk.keyMaterialId).not.toBe(wrapped.cmk.keyMaterialId)
  })

  it('is made on the first change, readable by its owner only', async () => {
    const local = localKms({ file })
    await local.client.send(new ListKeysCommand())
    expect(existsSync(file)).toBe(false)
    await local.createKey()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toContain('Never use it in production')
  })

  it('is not written by calls that change nothing', async () => {
    const local = localKms({ file })
    const { arn } = await local.createKey()
    const { ino, mtimeMs } = statSync(file)
    await local.provider.generateDataKey({ keyId: arn, encryptionContext: context })
    expect(statSync(file)).toMatchObject({ ino, mtimeMs })
  })

  it('leaves no temporary files or locks behind', async () => {
    const local = localKms({ file })
    await local.createKey()
    await local.createKey()
    expect(readdirSync(join(file, '..'))).toEqual(['kms.json'])
  })

  it('brings its Region and account, and refuses others', async () => {
    const { arn } = await localKms({ file, region: 'eu-west-1', accountId: '444455556666' }).createKey()
    expect(arn).toContain(':eu-west-1:444455556666:')
    expect((await localKms({ file }).createKey()).arn).toContain(':eu-west-1:444455556666:')
    expect(openError({ region: 'eu-central-1' }).code).toBe('ENVELOPE_CONFIG_INVALID')
    expect(openError({ accountId: '111122223333' }).code).toBe('ENVELOPE_CONFIG_INVALID')
  })
})

describe('a key file that cannot be read', () => {
  const damages: [string, (content: Record<string, unknown>) => void][] = [
    ['of a later version', (content) => Object.assign(content, { prismaEnvelopeLocalKms: 2 })],
    ['without a version', (content) => Reflect.deleteProperty(content, 'prismaEnvelopeLocalKms')],
    ['without keys', (content) => Reflect.deleteProperty(content, 'keys')],
    ['with keys of the wrong type', (content) => Object.assign(content, { keys: [7] })],
    ['with a key that lacks members', (content) => Object.assign(content, { keys: [{}] })],
    ['with a key twice', (content) => Object.assign(content, { keys: [content.keys, content.keys].flat() })],
    ['with an alias to nowhere', (content) => Object.assign(content, { keys: [] })],
    ['with a key without material', (content) => Object.assign(Object(content.keys)[0], { materials: [] })],
    ['with a damaged secret', (content) => Object.assign(Object(content.keys)[0].materials[0], { secret: 'c2hvcnQ=' })],
  ]

  it.each(damages)('is refused and left alone: one %s', async (_what, change) => {
    const text = await fileWith(change)
    const error = openError()
    expect(error.code).toBe('ENVELOPE_CONFIG_INVALID')
    expect(error.message).toContain(file)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it.each(['', '{"prismaEnvelopeLocalKms": 1, "keys"', 'null', '[]', '{"name":"my-app"}', 'SECRET=1'])(
    'is refused and left alone: %j',
    async (text) => {
      await localKms({ file }).createKey()
      writeFileSync(file, text)
      expect(openError().code).toBe('ENVELOPE_CONFIG_INVALID')
      expect(readFileSync(file, 'utf8')).toBe(text)
    },
  )

  it('is refused in the middle of work too, and left alone', async () => {
    const local = localKms({ file, maxAttempts: 1 })
    const { arn } = await local.createKey()
    writeFileSync(file, 'overwritten by mistake')
    const error = await rejection(local.createKey())
    expect(error).toMatchObject({ name: 'KMSInternalException' })
    expect(error.message).toContain('is not JSON')
    expect(await rejection(local.provider.describeKey({ keyId: arn }))).toMatchObject({ retryable: true })
    expect(readFileSync(file, 'utf8')).toBe('overwritten by mistake')
  })

  it('is not made anew when it disappears', async () => {
    const local = localKms({ file, maxAttempts: 1 })
    await local.createKey()
    rmSync(file)
    expect((await rejection(local.createKey())).message).toContain('has disappeared')
    expect(existsSync(file)).toBe(false)
  })

  it('is refused when it is a folder', async () => {
    file = folder
    expect(openError().message).toContain(folder)
  })
})

describe('two handles on one key file', () => {
  it('see each other’s changes', async () => {
    const [one, two] = [localKms({ file }), localKms({ file })]
    const { arn } = await one.createKey({ alias: 'alias/acme' })
    const { wrapped } = await two.provider.generateDataKey({ keyId: 'alias/acme', encryptionContext: context })
    expect(wrapped.cmk.arn).toBe(arn)
    await two.client.send(new DisableKeyCommand({ KeyId: arn }))
    expect((await one.provider.describeKey({ keyId: arn })).enabled).toBe(false)
  })

  it('do not undo each other’s changes when both write at once', async () => {
    const handles = [localKms({ file }), localKms({ file }), localKms({ file })]
    const made = await Promise.all(handles.flatMap((handle) => Array.from({ length: 8 }, () => handle.createKey())))
    const { Keys } = await localKms({ file }).client.send(new ListKeysCommand())
    expect(Keys?.map((key) => key.KeyArn).sort()).toEqual(made.map((key) => key.arn).sort())
  })

  it('in several processes do not undo each other’s changes', async () => {
    const script = join(import.meta.dirname, 'fixtures', 'create-keys.ts')
    const run = (name: string) =>
      new Promise<number | null>((resolve) => {
        const child = spawn(process.execPath, ['--import', 'tsx', script, file, name, '10'], { stdio: 'inherit' })
        child.on('exit', resolve)
      })
    expect(await Promise.all([run('a'), run('b')])).toEqual([0, 0])
    const { Aliases } = await localKms({ file }).client.send(new ListAliasesCommand({ Limit: 100 }))
    expect(Aliases).toHaveLength(20)
  }, 60_000)

  it('are not held up for ever by a lock whose owner died', async () => {
    const local = localKms({ file })
    await local.createKey()
    writeFileSync(`${file}.lock`, 'left behind')
    const longAgo = new Date(Date.now() - 60_000)
    utimesSync(`${file}.lock`, longAgo, longAgo)
    const { arn } = await local.createKey()
    expect((await local.client.send(new DescribeKeyCommand({ KeyId: arn }))).KeyMetadata?.Arn).toBe(arn)
    expect(existsSync(`${file}.lock`)).toBe(false)
  })

  it('wait for a lock that is held', async () => {
    const local = localKms({ file })
    await local.createKey()
    writeFileSync(`${file}.lock`, 'held')
    const creating = local.createKey()
    const first = await Promise.race([creating, new Promise((resolve) => setTimeout(resolve, 100, 'waiting'))])
    expect(first).toBe('waiting')
    rmSync(`${file}.lock`)
    expect((await creating).arn).toContain(':key/')
  })
})

/** The id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.once('exit', resolve))
  return child.pid ?? 0
}

describe('what a killed process left', () => {
  it('is removed where it holds keys: its temporary file, and nobody else’s', async () => {
    mkdirSync(join(folder, 'nested'))
    const left = `${file}.${await endedPid()}.0123456789ab.tmp`
    const others = [`${file}.${process.pid}.0123456789ab.tmp`, `${file}.bak`, join(folder, 'nested', 'other.tmp')]
    for (const path of [left, ...others]) writeFileSync(path, 'keys')
    localKms({ file }).close()
    expect(existsSync(left)).toBe(false)
    expect(others.map((path) => existsSync(path))).toEqual([true, true, true])
    const longAgo = new Date(Date.now() - 120_000)
    utimesSync(others[0] ?? '', longAgo, longAgo)
    localKms({ file }).close()
    expect(others.map((path) => existsSync(path))).toEqual([false, true, true])
  })

  it('holds nobody up where it is a lock: it is taken over at once', async () => {
    mkdirSync(join(folder, 'nested'))
    writeFileSync(`${file}.lock`, `${await endedPid()} ${hostname()} some-token`)
    const before = performance.now()
    await localKms({ file }).createKey()
    expect(performance.now() - before).toBeLessThan(5_000)
  })
})

describe('a symbolic link', () => {
  it('is followed, also before there is a file behind it', async () => {
    mkdirSync(join(folder, 'nested'))
    const target = join(folder, 'shared.json')
    symlinkSync('../shared.json', file)
    const { arn } = await localKms({ file }).createKey()
    await localKms({ file }).createKey()
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(lstatSync(target).isFile()).toBe(true)
    await localKms({ file: target }).provider.describeKey({ keyId: arn })
  })

  it('that leads to itself is refused', () => {
    mkdirSync(join(folder, 'nested'))
    symlinkSync('kms.json', file)
    expect(openError().message).toContain('cycle of symbolic links')
  })
})
