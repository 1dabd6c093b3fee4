import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ALL_OPERATIONS, type Case, drawCase, drawToOneUpdate, WEIGHTED_OPERATIONS } from './arguments.js'
import { checkCall, emptyTally, planner, type Tally } from './check-call.js'
import { clinicSchema, companySchema, meanSchema } from './dmmf.js'
import { Draw, FUZZ_TIMEOUT, numbers, parameters, runs } from './draw.js'
import { show } from './show.js'

/**
 * What a planned call does is compared with what the types of Prisma's own arguments say of it. The oracle
 * (`arguments.ts`, `roles.ts`, `accepts.ts`) goes by the DMMF's type names and shares no code with `src/prisma/query/`.
 *
 * `FUZZ_RUNS=50000 FUZZ_SEED=1 npx vitest run --project unit test/prisma/query/walker-fuzz.test.ts` runs more, or a failure again.
 *
 * That it can fail: one rule of the walker was broken at a time; so many of 15,000 cases (as many as one run has) failed.
 *
 *   skip connectOrCreate.create            915   `some` of a list may be a field       5377
 *   skip a nested upsert.update            249   forget NOT                             658
 *   skip upsert.update at the root         384   forget the cursor                      147
 *   seal upsert.create twice               449   forget field references                351
 *   skip nested updateMany                  72   forget distinct                         14
 *   skip nested createMany                 399   forget having                           12
 *   createMany takes only lists            285   forget `_count.select.visits.where`      2
 *   a Json object is `{ set }`              69   forget orderBy through relations         3
 *   JSON null is NULL                      845   forget `_relevance`                      3
 *   forget `{ set }` of Bytes              112   forget `_max`                            3
 *   a to-one update is always `{ data }`  1386   do not fill in the tenant              938
 *   … told by its keys alone               104   fill it in beside a held foreign key   262
 *   … whatever its `where` is               40   fill it in as a scalar always           27
 *   forget the index of a value            800   keep relations that are not written     23
 *                                                do not keep connect to the tenant       14
 *
 * Rules that few cases meet have directed tests as well, in the files beside this one. Two were caught by those alone:
 * an empty Json document taken for a null check, and a list of nested rows in two forms.
 */
const RUNS = runs(2000)

const SETUPS = [
  { name: 'without index keys', searchable: false, filtersTenant: false },
  { name: 'with index keys', searchable: true, filtersTenant: false },
  { name: 'with index keys, kept to the tenant', searchable: true, filtersTenant: true },
]
const SUBJECTS = [clinicSchema(), meanSchema(), companySchema()].flatMap((schema) =>
  SETUPS.map((setup) => ({ schema, setup, title: `${schema.name}, ${setup.name}` })),
)

describe.each(SUBJECTS)('any arguments that Prisma accepts ($title)', ({ schema, setup }) => {
  const plan = planner(schema, setup)
  const fuzz = (drawOne: (draw: Draw) => Case, numRuns: number): Tally => {
    const tally = emptyTally()
    const property = fc.property(numbers(), (drawn) => {
      checkCall(schema, setup, drawOne(new Draw(drawn)), plan, tally)
    })
    fc.assert(property, { ...parameters(numRuns), reporter: reportOf(drawOne) })
    if (process.env.FUZZ_TALLY !== undefined) console.log(tally)
    return tally
  }

  test(
    'are sealed once where they write encrypted fields, refused where they compare them, else left alone',
    () => {
      const tally = fuzz((draw) => drawCase(schema, draw, WEIGHTED_OPERATIONS, setup.searchable), RUNS)
      if (RUNS < 2000) return
      expect(tally.sealed).toBeGreaterThan(tally.cases / 4)
      expect(tally.refused).toBeGreaterThan(tally.cases / 25)
      for (const operation of ALL_OPERATIONS) {
        expect(tally.operations.get(operation) ?? 0, operation).toBeGreaterThan(RUNS / 100)
      }
      const secrets = schema.models.flatMap((model) =>
        schema.fields(model).flatMap(({ name }) => (schema.isSecret(model, name) ? [`${model}.${name}`] : [])),
      )
      expect([...tally.fields].sort()).toEqual(secrets.sort())
    },
    FUZZ_TIMEOUT,
  )

  // There is no such model in it.
  test.skipIf(schema.name === 'company')(
    'are taken in the form in which Prisma takes them, where a to-one update could be of two',
    () => {
      const tally = fuzz((draw) => drawToOneUpdate(schema, draw, setup.searchable), RUNS / 4)
      expect(tally.sealed).toBeGreaterThan(tally.cases / 4)
    },
    FUZZ_TIMEOUT,
  )
})

/** Names what failed: the seed, the operation, and the smallest arguments for which it does. */
function reportOf(drawOne: (draw: Draw) => Case) {
  return (run: fc.RunDetails<[Uint16Array]>): void => {
    const [drawn] = run.counterexample ?? []
    if (!run.failed || drawn === undefined) return
    const { model, operation, args } = drawOne(new Draw(drawn))
    const reason = run.errorInstance instanceof Error ? run.errorInstance : new Error('failed')
    throw new Error(
      `${reason.message}\n${model}.${operation}(${show(args)})\nFUZZ_SEED=${run.seed} (after ${run.numRuns} runs, ${run.numShrinks} shrinks)`,
      { cause: reason.cause ?? reason },
    )
  }
}
