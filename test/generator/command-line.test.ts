import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.js'
import { packageVersion } from '../../src/cli/version.js'

async function command(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const code = await run(args, { stdout, stderr, version: '1.2.3', cwd: '.' })
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), err: await text(stderr) }
}

describe('the command line', () => {
  it.each([[[]], [['--help']]])('says what the tool is: %j', async (args) => {
    const { code, out, err } = await command(...args)
    expect(out).toMatch(/^prisma-envelope 1\.2\.3: /)
    expect(out).toContain('provider = "prisma-envelope"')
    expect([code, err]).toEqual([0, ''])
  })

  it('prints the version', async () => {
    expect(await command('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' })
  })

  it.each([[['censsus']], [['--Help']], [['--version', 'x']], [['']]])(
    'refuses what it does not know: %j',
    async (args) => {
      const { code, out, err } = await command(...args)
      expect(err).toBe(`prisma-envelope: unknown command "${args.join(' ')}". Try \`prisma-envelope --help\`.\n`)
      expect([code, out]).toEqual([2, ''])
    },
  )

  it('knows the version of the package', () => {
    expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/)
  })
})
