import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly env?: Record<string, string>
  readonly with?: Record<string, unknown>
}

interface Workflow {
  readonly permissions: unknown
  readonly jobs: Record<string, { readonly needs?: string; readonly permissions?: unknown; readonly steps: Step[] }>
}

const text = readFileSync(new URL('../../.github/workflows/release.yml', import.meta.url), 'utf8')
const { jobs, permissions }: Workflow = parse(text)
const steps = Object.values(jobs).flatMap((job) => job.steps)
const commandsOf = (job: string): string[] => jobs[job]?.steps.flatMap(({ run }) => run ?? []) ?? []

describe('the release workflow', () => {
  it('lets the last job alone ask for the identity that publishes', () => {
    expect(permissions).toEqual({ contents: 'read' })
    expect(Object.entries(jobs).filter(([, job]) => job.permissions !== undefined)).toEqual([
      ['publish', expect.objectContaining({ permissions: { 'id-token': 'write' } })],
    ])
    expect(text).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|NPM_TOKEN/)
  })

  it('runs nothing of the repository and its dependencies where it publishes', () => {
    expect(jobs.publish?.needs).toBe('pack')
    expect(jobs.publish?.steps.map(({ uses }) => uses?.split('@')[0])).toEqual([
      'actions/setup-node',
      'actions/download-artifact',
      undefined,
    ])
    expect(commandsOf('publish')).toEqual([
      expect.stringMatching(/^npm publish \.\/\S+\.tgz --ignore-scripts --provenance /),
    ])
    expect(commandsOf('pack').join('\n')).not.toContain('npm publish')
  })

  it('pins every action by its commit, and says which version that is', () => {
    const lines = text.split('\n').filter((line) => line.includes('uses:'))
    expect(lines).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length)
    for (const line of lines) expect(line).toMatch(/uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('leaves no credentials of the checkout to what it runs', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))
    expect(checkouts.length).toBeGreaterThan(0)
    for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false })
  })

  it('names the repository that it runs in, without which the registry refuses the provenance', () => {
    const commands = commandsOf('pack')
    const set = commands.findIndex((run) => run.includes('npm pkg set') && run.includes('$GITHUB_REPOSITORY.git'))
    expect(set).toBeGreaterThan(-1)
    expect(commands.indexOf('npm pack --ignore-scripts')).toBeGreaterThan(set)
  })

  it('puts no expression that others can write into a command', () => {
    for (const { run } of steps) expect(run ?? '').not.toMatch(/\$\{\{(?!\s*github\.ref_type\b)/)
  })
})

it('the package has the documentation that its README links to', () => {
  const { files } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(files).toContain('docs')
})
