import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

/** The names of the stages in `.ci/run`. */
const stages = [...read('.ci/run').matchAll(/^(?:[A-Z_]+=\S+ )?stage '([^']+)'/gm)].map(([, name]) => String(name))

describe('ci.yml', () => {
  const { jobs } = parse(read('.github/workflows/ci.yml'))
  const nodes: number[] = jobs.node.strategy.matrix.node

  test('runs every stage of .ci/run', () => {
    const runs = JSON.stringify(jobs.node.steps)
    const inWorkflow = [
      ...stages.filter((name) => runs.includes(`'${name}'`)),
      ...nodes.map((node) => `Node ${node}`),
      ...jobs.stage.strategy.matrix.stage,
    ]
    expect(stages.length).toBeGreaterThan(10)
    expect(stages.filter((name) => !inWorkflow.includes(name))).toEqual([])
  })

  test('names no stage that .ci/run does not have', () => {
    expect(jobs.stage.strategy.matrix.stage.filter((name: string) => !stages.includes(name))).toEqual([])
  })

  test('runs on every Node that package.json supports', () => {
    const { engines } = JSON.parse(read('package.json'))
    expect(engines.node).toBe('^20.19 || ^22.12 || >=24')
    expect(nodes).toEqual([20, 22, 24, 26])
  })
})

describe('the linter of workflows', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'prisma-envelope-workflows-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const good = `name: good
on: pull_request
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@0123456789012345678901234567890123456789 # v1.2.3
      - run: echo "$TITLE"
        env:
          TITLE: \${{ github.event.pull_request.title }}
`
  const broken = {
    'an unknown key': ['    steps:', '    stepz:', /Unexpected value 'stepz'/],
    'a job that does not exist': ['    steps:', '    needs: build\n    steps:', /Value 'build' is not valid/],
    'an unknown context': ['github.event.pull_request.title', 'gitlab.title', /Unrecognized named-value: 'gitlab'/],
    'an action that is pinned by a tag': [/@\d+ # v1.2.3/, '@v1', /pin the action by its commit/],
    'a commit whose release is not named': [' # v1.2.3', '', /pin the action by its commit/],
    'no permissions': ['permissions:\n  contents: read\n', '', /list the `permissions`/],
    'permission to write in the whole workflow': ['contents: read', 'contents: write', /none of them `write`/],
    'a job without a time limit': ['    timeout-minutes: 5\n', '', /`timeout-minutes`/],
    'untrusted text in a script': ['"$TITLE"', `"\${{ github.event.pull_request.title }}"`, /untrusted text/],
    pull_request_target: ['on: pull_request\n', 'on: pull_request_target\n', /pull_request_target/],
  } as const

  test('accepts a good one and says what is wrong with each other', { timeout: 60_000 }, () => {
    const files = Object.entries({ good: ['', ''] as const, ...broken }).map(([name, [from, to]], i) => {
      const path = join(folder, `${i}.yml`)
      const text = good.replace(from, to)
      expect(text === good, name).toBe(name === 'good')
      writeFileSync(path, text)
      return path
    })
    const program = ['--import', 'tsx', 'scripts/check-workflows.mjs', ...files]
    const { stderr, status } = spawnSync(process.execPath, program, { cwd: root, encoding: 'utf8' })
    expect(status).toBe(1)
    const findings = files.map((_, i) => stderr.split('\n').filter((line) => line.includes(`/${i}.yml:`)))
    expect(findings[0]).toEqual([])
    for (const [i, [name, [, , expected]]] of Object.entries(broken).entries()) {
      expect(findings[i + 1]?.join('\n'), name).toMatch(expected)
    }
  })
})
