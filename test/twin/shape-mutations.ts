import type { Mutation } from './mutation.js'

/** Rules about plans by shape: what tells two shapes apart, and what is done again for each call. */
export const SHAPE_MUTATIONS: readonly Omit<Mutation, 'schema'>[] = [
  {
    rule: 'a value and NULL have two shapes',
    file: 'by-shape/fits.ts',
    from: 'return value === part.value',
    to: 'return true',
  },
  {
    rule: 'other keys are another shape',
    file: 'by-shape/fits.ts',
    from: 'part === undefined || key !== keys[at] ||',
    to: 'part === undefined ||',
  },
  {
    rule: 'a shape has as many keys',
    file: 'by-shape/fits.ts',
    from: 'return at === keys.length',
    to: 'return true',
  },
  {
    rule: 'each row of a list is planned by its shape',
    file: 'by-shape/replay.ts',
    from: 'at < found.rows',
    to: 'at < Math.min(found.rows, 1)',
  },
  {
    rule: 'a plan by shape does what was done to the template',
    file: 'by-shape/replay.ts',
    from: "if (edit.do === 'set') putAt(node, edit.key, make(edit.value, place))",
    to: "if (edit.do === 'set') return",
  },
]
