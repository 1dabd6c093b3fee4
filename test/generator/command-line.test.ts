import { describe, expect, it } from 'vitest'
import { packageVersion } from '../../src/cli/version.js'
import { runCommand } from '../cli/run-command.js'

describe('the command line', () => {
  it.each([[[]], [['--help']]])('says what the tool is: %j', async (args) => {
    const { code, out, err } = await runCommand(args)
    expect(out).toMatch(/^Usage: prisma-envelope \[options\] \[command\]\n/)
    expect(out).toContain('provider = "prisma-envelope"')
    expect([code, err]).toEqual([0, ''])
  })

  it('prints the version', async () => {
    expect(await runCommand(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' })
  })

  it.for<[string[], string]>([
    [['frobnicate'], "unknown command 'frobnicate'."],
    [['census2'], "unknown command 'census2'. (Did you mean census?)"],
    [['link'], "unknown command 'link'. (Did you mean links?)"],
    [['--Help'], "unknown option '--Help'. (Did you mean --help?)"],
    [[''], "unknown command ''."],
  ])('refuses what it does not know, and suggests what is near: %j', async ([args, complaint]) => {
    const { code, out, err } = await runCommand(args)
    expect(err).toBe(`prisma-envelope: ${complaint} Try \`prisma-envelope --help\`.\n`)
    expect([code, out]).toEqual([2, ''])
  })

  it('knows the version of the package', () => {
    expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/)
  })
})
