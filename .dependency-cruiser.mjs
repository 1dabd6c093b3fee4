/**
 * The floors of `src/`, from the lowest up: what each may import besides itself. No floor imports a higher one.
 *
 * Not listed, and so free to import anything: `cli/`, `index.ts`, and `prisma/extension.ts`, which ties all together.
 */
export const mayImport = {
  quoting: [],
  errors: ['quoting'],
  promises: [],
  memory: [],
  options: ['errors', 'quoting'],
  observers: ['errors'],
  tenancy: ['errors', 'quoting', 'promises'],
  envelope: ['errors', 'memory'],
  kms: ['errors', 'quoting', 'memory', 'options'],
  values: ['errors', 'envelope'],
  databases: ['envelope'],
  keys: ['errors', 'quoting', 'memory', 'options', 'promises', 'observers', 'envelope', 'kms'],
  search: ['envelope', 'values'],
  leaves: ['quoting', 'errors', 'promises', 'envelope', 'values', 'keys', 'search'],
  schema: ['errors', 'tenancy', 'values', 'databases', 'search'],
  generator: ['quoting', 'databases', 'schema', 'search'],
  operations: ['errors', 'quoting', 'promises', 'observers', 'envelope', 'databases', 'keys', 'search', 'leaves'],
  'prisma/objects': [],
  'prisma/internals': ['prisma/objects'],
  'prisma/query': [
    'errors',
    'quoting',
    'tenancy',
    'envelope',
    'values',
    'databases',
    'search',
    'leaves',
    'schema',
    'prisma/internals',
  ],
  prisma: [
    'errors',
    'promises',
    'options',
    'observers',
    'tenancy',
    'envelope',
    'databases',
    'kms',
    'keys',
    'leaves',
    'schema',
    'operations',
    'prisma/objects',
    'prisma/internals',
    'prisma/query',
  ],
  management: [
    'errors',
    'quoting',
    'options',
    'tenancy',
    'values',
    'databases',
    'keys',
    'leaves',
    'schema',
    'operations',
    'prisma/internals',
    'prisma/query',
    'prisma',
  ],
  'pg-boss': ['errors', 'options', 'operations', 'management'],
}

/** Matches the layer's folder, or the file of that name. */
const layer = (name) => `^src/${name}(/|\\.ts$)`

/** A floor inside another one has a rule of its own. */
const inside = (name) => Object.keys(mayImport).flatMap((other) => (other.startsWith(`${name}/`) ? [layer(other)] : []))

const wiring = '^src/prisma/extension\\.ts$'

const layerRules = Object.entries(mayImport).map(([name, lower]) => ({
  name: `layer-${name}`,
  comment: `src/${name} imports nothing of src/ but itself${lower.length > 0 ? ` and ${lower.join(', ')}` : ''}.`,
  severity: 'error',
  from: { path: layer(name), pathNot: [wiring, ...inside(name)] },
  to: { path: '^src/', pathNot: [name, ...lower].map(layer) },
}))

/** The rooms of `src/keys/`, from the lowest up: which other rooms each may import. What is in `keys/` itself is for all. */
export const rooms = {
  gate: [],
  failures: [],
  table: [],
  flights: ['failures', 'gate'],
  cmks: ['failures', 'gate'],
  index: ['cmks', 'gate'],
  'kms-calls': ['cmks', 'failures', 'gate'],
  opening: ['cmks', 'failures', 'flights', 'gate', 'kms-calls'],
  sealing: ['cmks', 'flights', 'gate', 'kms-calls', 'opening', 'table'],
  calls: ['sealing', 'table'],
  examination: ['cmks', 'gate', 'index', 'kms-calls'],
  proof: ['cmks', 'gate', 'index'],
}

const room = (name) => `^src/keys/${name}/`

const roomRules = [
  ...Object.entries(rooms).map(([name, others]) => ({
    name: `keys-${name}`,
    comment: `src/keys/${name} imports no other room${others.length > 0 ? ` but ${others.join(', ')}` : ''}.`,
    severity: 'error',
    from: { path: room(name) },
    to: { path: '^src/keys/[^/]+/', pathNot: [name, ...others].map(room) },
  })),
  {
    name: 'keys-shared',
    comment: 'What all rooms of src/keys share knows none of them; data-keys.ts ties them together.',
    severity: 'error',
    from: { path: '^src/keys/[^/]+\\.ts$', pathNot: '^src/keys/(data-keys|index)\\.ts$' },
    to: { path: '^src/keys/[^/]+/' },
  },
  {
    name: 'keys-unknown-room',
    comment: 'A new room has to say, in the list above, what it may import.',
    severity: 'error',
    from: { path: '^src/keys/[^/]+/', pathNot: Object.keys(rooms).map(room) },
    to: {},
  },
  {
    name: 'keys-entered-by-the-door',
    comment: 'Other floors use what src/keys/index.ts exports.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/keys/' },
    to: { path: '^src/keys/', pathNot: '^src/keys/index\\.ts$' },
  },
]

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layerRules,
    ...roomRules,
    {
      name: 'layer-unknown',
      comment: 'A new folder of src/ has to say, in the list above, what it may import.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: [...Object.keys(mayImport), 'cli'].map(layer) },
      to: {},
    },
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'prisma-only-in-the-wiring',
      comment: 'The floors below know no Prisma: a codec pack for Prisma 8 will stand on them.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/prisma/[^/]+$', '^src/cli/'] },
      to: { path: '(^|node_modules/)(@prisma/|prisma(/|$))' },
    },
    {
      name: 'no-prisma-but-its-extension-entry',
      comment: 'The one entry point that every client generator has; everything else depends on the generated client.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '(^|node_modules/)(@prisma/|prisma(/|$))', pathNot: '(^|node_modules/)@prisma/client/extension' },
    },
    {
      name: 'local-kms-is-a-subpath',
      comment: 'The embedded KMS is for development: nobody gets it who does not import `prisma-envelope/local-kms`.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/kms/local-kms/' },
      to: { path: '^src/kms/local-kms/' },
    },
    {
      name: 'no-tests-in-the-package',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|examples|bench|scripts)/' },
    },
    {
      name: 'no-development-dependency-in-the-package',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/'] },
    // Written by generators, or by a test that failed to clean up.
    exclude: { path: ['/generated/', '/\\.tmp'] },
    tsConfig: { fileName: 'tsconfig.json' },
    // An import of types is an import: layers are about what a reader must know.
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
