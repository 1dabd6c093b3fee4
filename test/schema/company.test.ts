import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EnvelopeSchemaError } from '../../src/errors.js'
import { isModelMap } from '../../src/schema/is-model-map.js'
import type { ModelMap, TenantEntry } from '../../src/schema/model-map.js'
import { companyText } from './company-text.js'
import { compilePsl, refusals } from './compile-psl.js'

const company = companyText
const shared = { sharedTenant: 'main' }
const lines = company.split('\n')

describe('the schema of a company', () => {
  it('has every choice, and needs no advice', async () => {
    const { map, warnings } = await compilePsl(company, { ...shared, withSource: true })
    expect(warnings).toEqual([])
    const choices = Object.entries(map.models).map(([name, { tenant }]) => [name, tenant?.from])
    expect(Object.fromEntries(choices)).toEqual({
      Org: 'column',
      Team: 'relation',
      Template: 'relation',
      User: 'shared',
      Account: 'relation',
      Session: 'relation',
      Membership: 'column',
      Envelope: 'column',
      Recipient: 'relation',
      Field: 'relation',
      Comment: 'relation',
      Credential: 'column',
      Setting: 'bound',
    })
  })

  // Each choice of an encrypted model, taken away.
  const encrypted = [
    'Template',
    'User',
    'Account',
    'Session',
    'Membership',
    'Envelope',
    'Recipient',
    'Field',
    'Comment',
    'Credential',
    'Setting',
  ]
  it.each(encrypted)(
    'without the choice of %s is refused, and accepted again with the first line that is proposed',
    async (name) => {
      const without = withoutChoice(name)
      const told = await refusals(without, shared)
      // Those below say that it says nothing.
      const line = told.find((one) => one.startsWith(`${name}: `)) ?? ''
      expect(line, told.join('\n')).toContain('nothing says which tenant owns a row. Write one of these: ')
      expect(told.every((one) => one.startsWith(`${name}: `) || one.includes(`${name} does not say`))).toBe(true)
      await expect(compilePsl(propose(without, name, line), shared)).resolves.toBeDefined()
    },
  )
})

/** The schema without what says which tenant owns the rows of a model. */
function withoutChoice(name: string): string {
  const start = lines.indexOf(`model ${name} {`)
  const end = lines.indexOf('}', start)
  return lines
    .map((line, i) => {
      if (i >= start && i < end) return line.replace(' /// @encrypted.tenant', '')
      return i === start - 1 ? line.replace(/^\/\/\/ @encrypted\.(shared|bound)$/, '//') : line
    })
    .join('\n')
}

/** Writes the first line of the proposal. */
function propose(blocks: string, name: string, line: string): string {
  const [, field] = new RegExp(`these: \`/// @encrypted\\.tenant\` on \`${name}\\.(\\w+)\``).exec(line) ?? []
  const [, column] = /these: a new column `(.*?)`/.exec(line) ?? []
  const [before = '', after = ''] = blocks.split(new RegExp(`(?=^model ${name} \\{$)`, 'm'))
  if (field === undefined) return `${before}${after.replace('{\n', `{\n  ${column}\n`)}`
  return `${before}${after.replace(new RegExp(`^(  ${field} .*)$`, 'm'), '$1 /// @encrypted.tenant')}`
}

type Mutation = (text: string, at: number) => string

/** What happens to a line: what it says is lost, said twice, or said otherwise. */
const mutations: Mutation[] = [
  (line) => line.replace(/\/\/\/ @encrypted\.(tenant|shared|bound)/, ''),
  (line) => line.replace(/^( {2}\w+ +\w+[?]?(\[\])?)(?=[ \n]|$)(.*?)( \/\/\/.*)?$/, '$1$3 /// @encrypted.tenant'),
  (line) => line.replace(/^model /, '/// @encrypted.shared\nmodel '),
  (line) => line.replace(/^model /, '/// @encrypted.bound\nmodel '),
  (line) => line.replace(/, onDelete: \w+/, ''),
  (line, at) => line.replace(/onDelete: \w+/, `onDelete: ${['SetNull', 'SetDefault', 'Restrict', 'NoAction'][at % 4]}`),
  (line) => line.replace('@encrypted.shared', '@encrypted.bound'),
  (line) => line.replace('@encrypted.bound', '@encrypted.shared'),
  (line) => line.replace(/^( {2}(?!id )\w+ +(String|Int|[A-Z]\w+))( )/, '$1?$3'),
  (line) => line.replace(/^( {2}\w+ +)(String|Int)\? /, '$1$2 '),
]

/** Whether every row has an owner whose name is known, by the map alone. */
function ownsEveryRow(map: ModelMap): boolean {
  const hasOwner = (start: string): boolean => {
    const seen = new Set<string>()
    let isKept = true
    for (let name = start; !seen.has(name); ) {
      seen.add(name)
      const tenant: TenantEntry | undefined = map.models[name]?.tenant
      if (tenant?.from === 'shared') return map.sharedTenant !== undefined
      if (tenant?.from === 'column') {
        const column = map.models[name]?.fields[tenant.field]
        if (column?.kind !== 'scalar' || column.list === true) return false
        return (
          isKept && column.optional === tenant.optional && (column.optional !== true || map.sharedTenant !== undefined)
        )
      }
      if (tenant?.from !== 'relation') return false
      const step = map.models[name]?.fields[tenant.field]
      if (step?.kind !== 'relation' || step.list === true || step.fields === undefined) return false
      // Nothing that the database does by itself may change the owner. Of shared rows, it cannot.
      const nullable = step.fields.every((field) => map.models[name]?.fields[field]?.optional === true)
      if (['SetNull', 'SetDefault', ...(nullable ? [undefined] : [])].includes(step.onDelete)) isKept = false
      name = step.model
    }
    return false
  }
  return Object.entries(map.models).every(([name, { tenant, fields }]) => {
    const isEncrypted = Object.values(fields).some((field) => field.kind === 'scalar' && field.encrypted !== undefined)
    return tenant === undefined ? !isEncrypted : tenant.from === 'bound' || hasOwner(name)
  })
}

describe('a change of any lines of it', () => {
  it('is refused, or leads to a map in which every row has an owner', async () => {
    let [accepted, refused] = [0, 0]
    const change = fc.record({ line: fc.nat(lines.length - 1), mutation: fc.nat(mutations.length - 1), at: fc.nat(3) })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean(), async (changes, named) => {
        const changed = [...lines]
        for (const { line, mutation, at } of changes) {
          changed[line] = mutations[mutation]?.(changed[line] ?? '', at) ?? ''
        }
        try {
          const { map } = await compilePsl(changed.join('\n'), { ...(named ? shared : {}), withSource: true })
          accepted++
          expect(isModelMap(map)).toBe(true)
          expect(ownsEveryRow(map)).toBe(true)
        } catch (error) {
          if (error instanceof EnvelopeSchemaError) refused++
          // Prisma's own validation comes first.
          else if (!(error instanceof Error && error.message.startsWith('Prisma refuses'))) throw error
        }
      }),
      { numRuns: 400 },
    )
    // Both happen, or the property says nothing.
    expect(Math.min(accepted, refused)).toBeGreaterThan(40)
  }, 120_000)

  // The property above, one line and one mutation at a time: every line that says which tenant owns a row.
  const steps = lines.flatMap((line, at) => (/onDelete|@encrypted\.(tenant|shared|bound)/.test(line) ? [at] : []))
  it.each(steps)('at line %i', async (at) => {
    for (const [i, mutate] of mutations.entries()) {
      const line = mutate(lines[at] ?? '', i)
      if (line === lines[at]) continue
      const changed = lines.with(at, line).join('\n')
      try {
        const { map } = await compilePsl(changed, { ...shared, withSource: true })
        expect([line, isModelMap(map), ownsEveryRow(map)]).toEqual([line, true, true])
      } catch (error) {
        const known =
          error instanceof EnvelopeSchemaError || (error instanceof Error && error.message.startsWith('Prisma refuses'))
        if (!known) throw error
      }
    }
  })
})
