import type { FunctionDefault } from '../../../src/schema/model-map.js'

/** A function of Prisma's, the form of its values, and when one was made, where it says so. */
export interface DefaultForm {
  /** The field of `Ticket` that has it as its default. */
  readonly field: 'uuid' | 'uuid7' | 'cuid' | 'cuid2' | 'ulid' | 'nanoid' | 'short'
  readonly given: FunctionDefault
  readonly form: RegExp
  readonly timeOf?: (value: string) => number
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export const defaultForms: readonly DefaultForm[] = [
  {
    field: 'uuid',
    given: { function: 'uuid', args: [4] },
    form: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  },
  {
    field: 'uuid7',
    given: { function: 'uuid', args: [7] },
    form: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    timeOf: (value) => Number.parseInt(value.replace('-', '').slice(0, 12), 16),
  },
  {
    field: 'cuid',
    given: { function: 'cuid', args: [1] },
    form: /^c[0-9a-z]{24}$/,
    timeOf: (value) => Number.parseInt(value.slice(1, 9), 36),
  },
  { field: 'cuid2', given: { function: 'cuid', args: [2] }, form: /^[a-z][0-9a-z]{23}$/ },
  {
    field: 'ulid',
    given: { function: 'ulid', args: [] },
    form: /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/,
    timeOf: (value) => [...value.slice(0, 10)].reduce((time, digit) => time * 32 + CROCKFORD.indexOf(digit), 0),
  },
  { field: 'nanoid', given: { function: 'nanoid', args: [] }, form: /^[\w-]{21}$/ },
  { field: 'short', given: { function: 'nanoid', args: [8] }, form: /^[\w-]{8}$/ },
]
