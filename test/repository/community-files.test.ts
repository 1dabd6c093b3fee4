import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const folder = '.github/ISSUE_TEMPLATE/'
const forms = readdirSync(new URL(folder, root)).filter((name) => name !== 'config.yml')

/** GitHub shows no error for a form that it does not take: it leaves it out of the list. */
const FORM_KEYS = ['name', 'description', 'title', 'labels', 'assignees', 'projects', 'type', 'body']
const ATTRIBUTES: Record<string, readonly string[]> = {
  markdown: ['value'],
  textarea: ['label', 'description', 'placeholder', 'value', 'render'],
  input: ['label', 'description', 'placeholder', 'value'],
  dropdown: ['label', 'description', 'multiple', 'options', 'default'],
  checkboxes: ['label', 'description', 'options'],
}

describe.each(forms)('the issue form %s', (file) => {
  const form = parse(read(folder + file))
  const elements: { type: string; id?: string; attributes: Record<string, unknown> }[] = form.body

  test('has the keys that GitHub accepts, and elements of known types with their attributes', () => {
    expect(Object.keys(form).filter((key) => !FORM_KEYS.includes(key))).toEqual([])
    expect([typeof form.name, typeof form.description, elements.length > 0]).toEqual(['string', 'string', true])
    for (const { type, attributes, ...rest } of elements) {
      expect(ATTRIBUTES, type).toHaveProperty(type)
      expect(Object.keys(attributes).filter((key) => !ATTRIBUTES[type]?.includes(key))).toEqual([])
      expect(attributes, type).toHaveProperty(type === 'markdown' ? 'value' : 'label')
      expect(Object.keys(rest).filter((key) => !['id', 'validations'].includes(key))).toEqual([])
    }
  })

  test('asks for each thing once', () => {
    const asking = elements.filter(({ type }) => type !== 'markdown')
    const ids = asking.map(({ id }) => id)
    expect(ids.every((id) => /^[\w-]+$/.test(id ?? ''))).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
    const labels = asking.map(({ attributes }) => attributes.label)
    expect(new Set(labels).size).toBe(labels.length)
  })
})

test('tells reporters not to paste values, and not to report a vulnerability there', () => {
  const bug = read(`${folder}bug.yml`)
  expect(bug).toMatch(/no real plaintext/)
  expect(bug).toMatch(/Do not report a vulnerability here/)
})

test('the template chooser leads to private reporting, and to forms only', () => {
  const config = parse(read(`${folder}config.yml`))
  expect(config.blank_issues_enabled).toBe(false)
  expect(config.contact_links).toEqual([
    {
      name: expect.any(String),
      about: expect.stringContaining('Report a vulnerability'),
      url: expect.stringMatching(/^https:/),
    },
  ])
})

describe('the development container', () => {
  const container = JSON.parse(read('.devcontainer/devcontainer.json'))
  const { services } = parse(read(`.devcontainer/${container.dockerComposeFile}`))

  test('names a service of its compose file, which waits for the databases', () => {
    expect(services).toHaveProperty(container.service)
    const others = Object.keys(services).filter((name) => name !== container.service)
    expect(Object.keys(services[container.service].depends_on).sort()).toEqual(others.sort())
    for (const name of others) expect(services[name].healthcheck?.test, name).toBeDefined()
  })

  test('gives the tests the address of each database', () => {
    const { environment } = services[container.service]
    for (const [variable, service] of [
      ['TEST_DATABASE_URL', 'postgres'],
      ['TEST_MARIADB_URL', 'mariadb'],
    ] as const) {
      const { hostname, password } = new URL(environment[variable])
      expect(hostname).toBe(service)
      expect(Object.values(services[service].environment)).toEqual([password])
    }
  })
})
