import type { Mutation } from './mutation.js'

/** Rules about filters, values, results and the tenant column. */
export const TENANT_MUTATIONS: readonly Omit<Mutation, 'schema'>[] = [
  {
    rule: 'filters inside AND, OR and NOT are walked',
    file: 'where.ts',
    from: 'for (const part of each(value)) walkWhere(walk, part, key)',
    to: '',
  },
  {
    rule: '`not` goes to the index like the rest',
    file: 'index-filters.ts',
    from: "if (isAbsent(value) || operator === 'mode') continue",
    to: "if (isAbsent(value) || operator === 'mode' || operator === 'not') continue",
  },
  {
    rule: 'a part within `not` is not that',
    file: 'part-filters.ts',
    from: 'wholeOf(value, parts, (deeper) => around({ not: deeper }))',
    to: 'wholeOf(value, parts, around)',
  },
  {
    rule: 'of several parts, all must hold',
    file: 'index-filters.ts',
    from: 'for (const one of parts) searchPart(walk, where, encrypted, one, anyCase)',
    to: 'searchPart(walk, where, encrypted, part, anyCase)',
  },
  {
    rule: 'what stands beside a part must hold as well',
    file: 'index-filters.ts',
    from: 'if (whole === undefined) return',
    to: 'if (whole !== filter) return',
  },
  {
    rule: '`mode: insensitive` takes an index that ignores case',
    file: 'index-choice.ts',
    from: 'return usableOf(model, field, indexes, tenant)[0]',
    to: 'return usableOf(model, field, model.indexes.get(field) ?? [], tenant)[0]',
  },
  {
    rule: '`{ set }` holds the value',
    file: 'values.ts',
    from: "const [holder, key] = inSet ? [written, 'set'] : [data, field.field]",
    to: 'const [holder, key] = [data, field.field]',
  },
  {
    rule: 'a new value has a new token',
    file: 'values.ts',
    from: 'for (const index of indexes) planToken(row, index, data, value)',
    to: 'if (holder !== data) return\n  for (const index of indexes) planToken(row, index, data, value)',
  },
  {
    rule: 'null empties the index',
    file: 'values.ts',
    from: 'for (const index of indexes) planNoToken(index, data)',
    to: '',
  },
  {
    rule: 'connectOrCreate.create is sealed',
    file: 'write.ts',
    from: "() => planCreate(walk, ownValue(part, 'create'), part),\n          () => ofConnect",
    to: '() => {},\n          () => ofConnect',
  },
  {
    rule: 'the data of a nested update is sealed',
    file: 'write.ts',
    from: "planUpdate(walk, part, ownValue(part, 'data'), true)",
    to: '',
  },
  {
    rule: 'upsert.update is sealed',
    file: 'plan-call.ts',
    from: "planUpdate(walk, args, ownValue(args, 'update'), true)",
    to: 'planUpdate(walk, args, {}, true)',
  },
  {
    rule: 'every row is opened',
    file: 'result.ts',
    from: 'at < result.length',
    to: 'at < Math.min(result.length, 1)',
  },
  {
    rule: 'related rows are opened',
    file: 'result.ts',
    from: 'if (nested === undefined || nested === null) continue\n    const taken',
    to: 'if (nested !== undefined) continue\n    const taken',
  },
  {
    rule: 'a cursor is a filter',
    file: 'read.ts',
    from: "walkUniqueWhere(walk, ownValue(args, 'cursor'), 'cursor')",
    to: '',
  },
  {
    rule: '_count has the tenant filter',
    file: 'counts.ts',
    from: 'filterWhere(target, args)',
    to: '',
  },
  {
    rule: '`every` passes over rows of other tenants',
    file: 'tenant-filter.ts',
    from: 'given.every = { OR: [{ AND: own }, { NOT: tenant }] }',
    to: 'given.every = { AND: own }',
  },
]
