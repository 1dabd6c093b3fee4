import { EnvelopeError } from '../../src/errors.js'
import { runWithTenant } from '../../src/tenancy/index.js'
import type { Census } from './census.js'
import { type Client, operationOf, type PlainTwin } from './clients.js'
import { comparable, Difference, errorName, type Outcome, same } from './compare.js'
import { holdsMark, shows } from './leaks.js'
import { areThere, checkMissing, missesParent, refersToNothing } from './missing.js'
import type { Models } from './models.js'
import { type Operation, READS } from './operations.js'
import { oracleToken } from './oracle.js'
import { checkPlacement, processOf, reachesRows } from './placement.js'
import { reset } from './seed.js'
import type { Mode, Sequence, Step } from './sequence.js'
import { render, type Side } from './split.js'
import { compareState } from './state.js'
import { syncShared } from './sync.js'
import { resolveTokens } from './tokens.js'
import type { Stage, StageName, Twins } from './twins.js'

const STAGES: Readonly<Record<Mode, StageName>> = {
  constant: 'alone',
  rows: 'together',
  ambient: 'alone',
  bound: 'apart',
}

/** Runs a sequence on both twins. Throws a {@link Difference} where they do not do the same. */
export async function runSequence(twins: Twins, sequence: Sequence, census: Census): Promise<void> {
  const stage = twins.stages[STAGES[sequence.mode]]
  const { models } = twins
  for (const { database } of [stage.encrypted, ...new Set(stage.plains.values())]) await reset(models, database)
  for (const [at, step] of sequence.steps.entries()) {
    for (const { args, fluent } of step.operations) await resolveTokens(stage.encrypted.client, [args, fluent?.args])
    if (step.place.cold) evictAll(models, stage, step)
    stage.encrypted.statements.length = 0
    stage.encrypted.keyTable.length = 0
    try {
      await runStep(models, stage, sequence.mode, step, census)
      checkStatements(stage, step)
    } catch (error) {
      if (error instanceof Difference) error.step = at
      throw error
    }
    await syncAfter(models, stage, step)
  }
  await compareState(models, stage)
}

/** The processes of a step lose all keys that they have in memory. */
function evictAll({ tenants }: Models, { encrypted }: Stage, step: Step): void {
  for (const process of new Set(step.operations.map((_, at) => processOf(step, at)))) {
    const { client, constant } = encrypted.processes[process]
    for (const tenant of tenants) for (const one of [client, constant]) one.$encryption.evict(tenant)
  }
}

/** Rows that all tenants share are in the plain twin of each. */
async function syncAfter(models: Models, stage: Stage, { operations }: Step): Promise<void> {
  const twins = [...new Set(stage.plains.values())]
  const written = operations.find(({ name, expects }) => expects === undefined && !READS.includes(name))
  const source = written === undefined ? undefined : stage.plains.get(written.tenant)
  if (models.schema === 'twin' || twins.length === 1 || source === undefined) return
  await syncShared(
    models,
    source,
    twins.filter((twin) => twin !== source),
  )
}

async function runStep(models: Models, stage: Stage, mode: Mode, step: Step, census: Census): Promise<void> {
  const [first] = step.operations
  if (first?.needs !== undefined && !(await areThere(models, stage.encrypted.database, first.needs))) return
  const encrypted = await runEncrypted(models, stage, mode, step)
  if (first !== undefined && first.needs === undefined && encrypted.some(missesParent)) {
    const { database } = plainOf(stage, first.tenant)
    if (await refersToNothing(models, database, step.operations)) {
      census.refused({ ...first, expects: 'a missing parent' })
      return
    }
  }
  if (first?.expects !== undefined) {
    checkRefusal(stage, first, encrypted[0], models.schema === 'twin-company')
    census.refused(first)
    return
  }
  for (const outcome of encrypted) checkError(outcome)
  const clientOf = ({ tenant }: Operation) => plainOf(stage, tenant).client
  const plain = await perform(models, step, clientOf, 'plain')
  step.operations.forEach((operation, at) => {
    const [a, b] = [encrypted[at], plain[at]]
    if (a === undefined || b === undefined) {
      if (a !== b) throw new Difference(`${nameOf(operation)} ran on one twin only`)
      return
    }
    if (missesParent(a)) {
      checkMissing(operation, a, b)
      census.ran(mode, step, operation, b)
      return
    }
    const [ours, theirs] = [comparable(models, operation, a), comparable(models, operation, b)]
    if (!same(ours, theirs)) throw new Difference(`${nameOf(operation)} differs`, { cause: { ours, theirs, a, b } })
    census.ran(mode, step, operation, b)
  })
}

function plainOf(stage: Stage, tenant: string): PlainTwin {
  const twin = stage.plains.get(tenant)
  if (twin === undefined) throw new Error(`There is no plain twin for tenant ${tenant}`)
  return twin
}

function runEncrypted(models: Models, { encrypted }: Stage, mode: Mode, step: Step): Promise<Outcome[]> {
  const [first] = step.operations
  const by = (operation: Operation) => encrypted.processes[processOf(step, step.operations.indexOf(operation))]
  switch (mode) {
    case 'constant':
      return perform(models, step, (operation) => by(operation).constant, 'encrypted')
    case 'rows':
      return perform(models, step, (operation) => by(operation).client, 'encrypted')
    case 'ambient':
      return runWithTenant(first?.tenant ?? '', () =>
        perform(models, step, (operation) => by(operation).client, 'encrypted'),
      )
    case 'bound':
      return perform(models, step, (operation) => by(operation).client.$forTenant(operation.tenant), 'encrypted')
  }
}

/** So long that no machine is too slow for it (ms). */
const PATIENT = { timeout: 600_000, maxWait: 600_000 }

/** Runs a step on one twin; gives the outcome of each operation that was run. */
async function perform(
  models: Models,
  step: Step,
  clientOf: (operation: Operation) => Client,
  side: Side,
): Promise<Outcome[]> {
  const [first] = step.operations
  if (first === undefined) return []
  switch (step.kind) {
    case 'call':
    case 'concurrent':
      return Promise.all(
        step.operations.map((operation) => settle(() => call(models, clientOf(operation), operation, side))),
      )

    case 'batch': {
      const outcome = await settle(() => {
        const client = clientOf(first)
        return client.$transaction(step.operations.map((operation) => call(models, client, operation, side)))
      })
      if ('error' in outcome) return [outcome]
      return (outcome.value as unknown[]).map((value) => ({ value }))
    }

    case 'interactive': {
      const outcomes: Outcome[] = []
      const transaction = await settle(() =>
        clientOf(first).$transaction(async (tx: Client) => {
          for (const operation of step.operations) outcomes.push({ value: await call(models, tx, operation, side) })
          if (step.fails === true) throw new Error('the transaction is given up')
        }, PATIENT),
      )
      return 'error' in transaction ? [...outcomes, transaction] : outcomes
    }
  }
}

async function settle(work: () => PromiseLike<unknown>): Promise<Outcome> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error }
  }
}

function call(models: Models, client: Client, operation: Operation, side: Side): PromiseLike<unknown> {
  const { delegate } = models.get(operation.model)
  const rendered = (args: unknown) => render(args, side, side === 'plain' ? oracleToken : ({ real }) => real)
  const promise = operationOf(client, delegate, operation.name)(rendered(operation.args))
  if (operation.fluent === undefined) return promise
  const follow: unknown = Reflect.get(promise, operation.fluent.relation)
  if (typeof follow !== 'function') throw new Error(`${nameOf(operation)} has no ${operation.fluent.relation}`)
  return follow.call(promise, rendered(operation.fluent.args))
}

function nameOf({ model, name }: Operation): string {
  return `${model}.${name}`
}

/** Whether a call was refused as documented, with nothing sent. */
function checkRefusal(
  { encrypted }: Stage,
  operation: Operation,
  outcome: Outcome | undefined,
  looksUp: boolean,
): void {
  const error = outcome !== undefined && 'error' in outcome ? outcome.error : undefined
  const code = error instanceof Error ? Reflect.get(error, 'code') : undefined
  if (code !== operation.expects) {
    throw new Difference(`${nameOf(operation)} was to be refused with ${operation.expects}, and was not`, {
      cause: outcome,
    })
  }
  // Which tenant owns a row may have been looked up by then.
  const sent = encrypted.statements.filter(
    (statement) => reachesRows(statement) && !(looksUp && /^\s*SELECT/i.test(statement.sql)),
  )
  // Prisma itself says that there is no such row.
  if (sent.length > 0 && error instanceof EnvelopeError)
    throw new Difference(`${nameOf(operation)} was refused after SQL had been sent`, { cause: sent })
  if (shows(error)) throw new Difference(`The error of ${nameOf(operation)} shows a secret`, { cause: error })
}

function checkError(outcome: Outcome): void {
  if (!('error' in outcome)) return
  const { error } = outcome
  if (missesParent(outcome)) return
  if (error instanceof EnvelopeError)
    throw new Difference(`Refused unexpectedly: ${errorName(error)}`, { cause: error })
  if (shows(error)) throw new Difference(`${errorName(error)} shows a secret`, { cause: error })
}

function checkStatements({ encrypted }: Stage, step: Step): void {
  for (const { sql, params } of encrypted.statements) {
    if (holdsMark(sql) || holdsMark(params)) {
      throw new Difference(`A secret left for the database in ${step.operations.map(nameOf).join(', ')}`, {
        cause: { sql, params },
      })
    }
  }
  for (const event of [...encrypted.events.splice(0), ...encrypted.keyTable]) {
    if (shows(event)) throw new Difference('An event shows a secret', { cause: event })
  }
  checkPlacement(encrypted.statements, encrypted.keyTable, step)
}
