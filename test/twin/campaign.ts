import { inspect } from 'node:util'
import fc from 'fast-check'
import { collectGarbage } from '../support/garbage.js'
import { Census } from './census.js'
import { Difference } from './compare.js'
import type { Models } from './models.js'
import { PLACEMENTS, PLACES, type Process } from './place.js'
import { processOf } from './placement.js'
import { runSequence } from './run.js'
import { type Drawn, drawSequence, type Sequence, type Step } from './sequence.js'
import { show } from './split.js'
import type { Twins } from './twins.js'

/** Up to twelve steps, each drawn from a list of numbers: shorter lists of smaller numbers are simpler sequences. */
export function sequences(): fc.Arbitrary<Drawn> {
  const numbers = fc.noBias(fc.uint16Array({ minLength: 2, maxLength: 250, size: 'max' }))
  const steps = fc.array(numbers, { minLength: 1, maxLength: MOST_STEPS, size: 'max' })
  const places = fc.noBias(fc.array(fc.nat(PLACES - 1), { minLength: MOST_STEPS, maxLength: MOST_STEPS }))
  // What is drawn last changes nothing of what is drawn before.
  return fc.tuple(fc.nat(19), steps, fc.noBias(fc.nat(PLACEMENTS.length - 1)), places)
}

const MOST_STEPS = 12

export interface CampaignOptions {
  readonly runs: number
  readonly seed: number
  readonly path?: string
  /** Stop at the first failure, without looking for a smaller one. */
  readonly asDrawn?: boolean
}

/**
 * Sequences between two collections of garbage on SQLite. libSQL's client opens a connection after each transaction, and
 * the one before is closed when it is collected (tursodatabase/libsql-client-ts#350), between two turns of the event
 * loop, which calls on SQLite, all of them synchronous, never come to. A long run would have no file left to open.
 */
const COLLECT_EVERY = 50

/** For how long a smaller sequence that fails is looked for: a failure that does not come again would cost hours (ms). */
const SHRINK_TIME = 120_000

/** Runs sequences until one fails, which is then made as small as it gets. Throws with the way to run it again. */
export async function campaign(twins: Twins, options: CampaignOptions, census = new Census()): Promise<Census> {
  const { runs, seed, path, asDrawn = false } = options
  let failedAt: number | undefined
  let ran = 0
  const property = fc.asyncProperty(sequences(), async (drawn) => {
    // What is not run counts as no failure, and ends the search.
    if (failedAt !== undefined && performance.now() - failedAt > SHRINK_TIME) return
    try {
      await runSequence(twins, drawSequence(twins.models, drawn), census)
      census.sequence()
      if (twins.models.provider === 'sqlite' && ++ran % COLLECT_EVERY === 0) await collectGarbage()
    } catch (error) {
      if (failedAt === undefined && !asDrawn)
        console.error(`${failureText(error)}\nSeed ${seed}. Looking for the smallest sequence that fails …`)
      failedAt ??= performance.now()
      throw error
    }
  })
  const details = await fc.check(property, {
    numRuns: runs,
    seed,
    endOnFailure: asDrawn,
    ...(path !== undefined && { path }),
  })
  if (details.failed) throw new Error(failure(twins.models, details), { cause: details.errorInstance })
  return census
}

function failure(models: Models, run: fc.RunDetails<[Drawn]>): string {
  const [drawn] = run.counterexample ?? []
  const error = run.errorInstance
  const sequence = drawn === undefined ? '' : showSequence(until(drawSequence(models, drawn), error))
  const again = `npm run test:twin -- --schema ${models.schema} --db ${models.provider} --seed ${run.seed} --path ${run.counterexamplePath ?? ''}`
  return `${failureText(error)}\n\n${sequence}\n\nAfter ${run.numRuns} sequences and ${run.numShrinks} shrinks. Again: ${again}`
}

function failureText(error: unknown): string {
  return error instanceof Difference ? `${error.message}\n${inspect(error.cause, { depth: 12 })}` : inspect(error)
}

/** Without the steps after the one that differs. */
function until({ mode, steps }: Sequence, error: unknown): Sequence {
  const last = error instanceof Difference ? error.step : undefined
  return { mode, steps: last === undefined ? steps : steps.slice(0, last + 1) }
}

const CLIENTS = {
  constant: () => 'prisma',
  rows: () => 'prisma',
  ambient: () => 'prisma',
  bound: (tenant: string) => `prisma.$forTenant('${tenant}')`,
} as const

const PROCESS_NOTES: Readonly<Record<Process, string>> = {
  inline: "dataKeys: { store: 'inline' }",
  table: 'dataKeys: {}',
  neighbour: 'dataKeys: { maxMessages: 400 }',
}

/** Which process makes a step, and with what keys. */
function placeNote(step: Step): string {
  const processes =
    step.kind === 'concurrent' ? step.operations.map((_, at) => processOf(step, at)) : [step.place.process]
  const notes = [...new Set(processes)].map((process) => PROCESS_NOTES[process])
  return `// ${notes.join(', then ')}${step.place.cold ? ', after evict() of all tenants' : ''}`
}

/** A sequence as one would write it. */
export function showSequence({ mode, steps }: Sequence): string {
  const lines = [`// ${MODE_NOTES[mode]}`]
  let place = ''
  for (const step of steps) {
    const { kind, operations, fails } = step
    if (place !== placeNote(step) || step.place.cold) lines.push(placeNote(step))
    place = placeNote(step)
    const calls = operations.map(({ model, name, args, tenant, fluent, expects }) => {
      const client = kind === 'interactive' ? 'tx' : CLIENTS[mode](tenant)
      const delegate = model.charAt(0).toLowerCase() + model.slice(1)
      const more = fluent === undefined ? '' : `.${fluent.relation}(${show(fluent.args)})`
      return `${client}.${delegate}.${name}(${show(args)})${more}${expects === undefined ? '' : ` // ${expects}`}`
    })
    if (kind === 'call') lines.push(`await ${calls[0]}`)
    else if (kind === 'batch') lines.push(`await prisma.$transaction([\n${calls.join(',\n')}\n])`)
    else if (kind === 'concurrent') lines.push(`await Promise.all([\n${calls.join(',\n')}\n])`)
    else
      lines.push(
        `await prisma.$transaction(async (tx) => {\n${calls.map((call) => `await ${call}`).join('\n')}${fails === true ? "\nthrow new Error('given up')" : ''}\n})`,
      )
  }
  return lines.join('\n')
}

const MODE_NOTES = {
  constant: "with the option tenant: '1'",
  rows: 'with a client that is not bound',
  ambient: "inside runWithTenant('1', …)",
  bound: 'with views that are bound',
} as const
