import type { Mutation } from './mutation.js'

/** Rules about owner relations, shared rows and optional tenant columns. */
export const OWNER_MUTATIONS: readonly Omit<Mutation, 'schema'>[] = [
  {
    rule: 'rows that belong to other rows have the tenant filter',
    file: 'ownership.ts',
    from: 'if (step === undefined) return undefined\n  const parent = models.get(step.entry.model)\n  if (tenant !== models',
    to: 'if (step === undefined || tenant !== "") return undefined\n  const parent = models.get(step.entry.model)\n  if (tenant !== models',
  },
  {
    rule: 'a tenant filter that may be negated says NOT NULL',
    file: 'ownership.ts',
    from: 'return optional === true && equality[field] !== null ?',
    to: 'return optional === undefined && equality[field] !== null ?',
  },
  {
    rule: 'the filter of the shared tenant wants no parent',
    file: 'ownership.ts',
    from: 'return step.nullable ? none :',
    to: 'return step.nullable ? {} :',
  },
  {
    rule: 'NULL in an optional tenant column is the shared tenant',
    file: 'ownership.ts',
    from: 'if (value === null && tenant.optional === true) return models.sharedTenant',
    to: '',
  },
  {
    rule: 'NULL in a foreign key to the owner is the shared tenant',
    file: 'ownership.ts',
    from: 'reference === undefined ? models.sharedTenant : find',
    to: 'reference === undefined ? undefined : find',
  },
  {
    rule: 'shared rows are sealed for the shared tenant, whoever is bound',
    file: 'owners.ts',
    from: 'if (model.shared !== undefined) return { tenant: model.shared }\n  if (model.step !== undefined)',
    to: 'if (model.shared !== undefined) return { tenant: walk.context.bound ?? model.shared }\n  if (model.step !== undefined)',
  },
  {
    rule: 'shared rows are opened for the shared tenant',
    file: 'result-rows.ts',
    from: 'if (model.shared !== undefined) return model.shared',
    to: 'if (model.shared !== undefined) return bound ?? model.shared',
  },
  {
    rule: 'shared rows are searched for the shared tenant',
    file: 'where.ts',
    from: 'if (model.shared !== undefined) return own',
    to: 'if (model.shared !== undefined) return bound ?? own',
  },
  {
    rule: 'a row moves to no other owner: by its foreign key, or by connect',
    file: 'write.ts',
    from: 'refuseMove(row, data)',
    to: '',
  },
  {
    rule: 'a row moves to no other owner: from the list of its rows',
    file: 'write.ts',
    from: 'keepWithOwner(walk, item)\n      filterUnique',
    to: 'filterUnique',
  },
  {
    rule: 'a bound client connects its own rows only to a list of rows that belong to this one',
    file: 'write.ts',
    from: 'return walk.kept === true ? { ...walk, kept: false } : walk',
    to: 'return walk',
  },
  {
    rule: 'the owner that a foreign key names is looked up for a bound client',
    file: 'owners.ts',
    from: 'draft.foreignKeys.push(',
    to: 'Object(',
  },
  {
    rule: 'no row loses its owner',
    file: 'unprotected-writes.ts',
    from: '  refuseLostOwners(parent, relation, write)\n',
    to: '',
  },
  {
    rule: 'the row of a cursor is looked up',
    file: 'tenant-filter.ts',
    from: 'else draft.cursors.push({ model, cursor, filter, args })',
    to: '',
  },
  {
    rule: 'no cursor in a list that no filter keeps to the tenant',
    file: 'tenant-filter.ts',
    from: "else if (place === 'nested') throw cursorUnprotected(model.name)",
    to: "else if (place === 'nested') return",
  },
  {
    rule: 'no nested updateMany or deleteMany that no filter keeps to the tenant',
    file: 'write.ts',
    from: 'if (model.step !== undefined && tenantFilterOf(walk) !== undefined) throw manyUnprotected',
    to: 'if (model.step === undefined && tenantFilterOf(walk) !== undefined) throw manyUnprotected',
  },
  {
    rule: 'the row of a findUnique is judged',
    file: 'plan-call.ts',
    from: "isJudged(walk, operation) ? 'absent' : undefined",
    to: 'undefined',
  },
  {
    rule: 'what was added on the way to the tenant is taken out',
    file: 'read.ts',
    from: '...(way?.added ?? []), ',
    to: '',
  },
  {
    rule: 'rows have the owner of the row above',
    file: 'result-rows.ts',
    from: 'return above ?? bound',
    to: 'return bound',
  },
  {
    rule: 'an owner that a filter of the caller hides is looked up',
    file: 'hidden-parents.ts',
    from: 'if (plan?.hides !== true ||',
    to: 'if (plan?.hides === true ||',
  },
  {
    rule: 'an upsert meets no row of another owner',
    file: 'plan-call.ts',
    from: '  noteAbsence(walk, args, filter)\n',
    to: '',
  },
  {
    rule: 'a search along a relation takes the tenant of the rows that it finds',
    file: 'walk.ts',
    from: 'const same = kept || (model.shared',
    to: 'const same = kept || target.step !== undefined || (model.shared',
  },
  {
    rule: 'a row without an owner is not created for a bound client',
    file: 'owners.ts',
    from: 'if (tenant !== undefined && tenant !== bound) throw tenantConflict',
    to: 'if (tenant === bound) throw tenantConflict',
  },
]
