/**
 * Packs the package as it would be published, installs it into an empty project, and uses it from there: both entry
 * points through `import` and `require`, the types of each under both ways that TypeScript resolves modules, the
 * command, and an application bundled with it, as ES module and as CommonJS. Then the linters of packages read it.
 * Run after `npm run build`.
 */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { lintPackage } from './lint-package.mjs'
import { nodeModules, root } from './prepare/paths.mjs'

const windows = process.platform === 'win32'
const project = mkdtempSync(join(tmpdir(), 'prisma-envelope-smoke-'))
const packageFolder = join(project, 'node_modules', 'prisma-envelope')

const ESM_BANNER =
  "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);"

/** The whole way of a value, without a database: the client is as much of one as the extension asks for. */
const APPLICATION = `
import { fieldEncryption } from 'prisma-envelope'
import { localKms } from 'prisma-envelope/local-kms'

async function main() {
  const kms = localKms()
  await kms.ensureKey({ alias: 'alias/acme' })
  const field = { kind: 'scalar', column: 'email', type: 'String', encrypted: { type: 'text', as: 'patient.email' } }
  const models = { version: 2, provider: 'sqlite', models: { Patient: { table: 'Patient', fields: { email: field }, compounds: {}, key: [] } } }
  const client = { $queryRaw() {}, $extends(e) { return typeof e === 'function' ? e(this) : Object.assign(Object.create(this), e.client) } }
  const prisma = client.$extends(fieldEncryption({ models, app: 'smoke', kms: kms.provider, cmk: 'alias/acme', tenant: 'acme' }))
  const sealed = await prisma.$encryption.seal('Patient', 'email', 'ann@example.com')
  const opened = await prisma.$encryption.open('Patient', 'email', sealed)
  const { sharedObjects } = process.report.getReport()
  console.log(sealed, opened, sharedObjects.filter((path) => path.endsWith('aes-256-gcm.node')).join())
}
void main()
`

try {
  const tarball = unpack()
  linkDependencies((name) => !name.startsWith('@aws-sdk/'))
  checkLazySdk()
  linkDependencies((name) => name.startsWith('@aws-sdk/'))
  const entries = checkEntries()
  checkTypes(entries)
  checkCommand()
  await checkBundles()
  await lintPackage(tarball)
  console.log(
    `The packed package works: ${entries.join(', ')} by import and by require, with types, and bundled; and its command.`,
  )
} finally {
  rmSync(project, { recursive: true, force: true })
}

/** `npm pack`, unpacked where `npm install` would put it; returns the tarball's path. */
function unpack() {
  const npm = ['pack', '--json', '--ignore-scripts', '--pack-destination', project]
  const listed = JSON.parse(execFileSync('npm', npm, { cwd: root, encoding: 'utf8', shell: windows }))
  const [packed] = Array.isArray(listed) ? listed : Object.values(listed)
  execFileSync('tar', ['-xzf', packed.filename], { cwd: project })
  mkdirSync(dirname(packageFolder), { recursive: true })
  cpSync(join(project, 'package'), packageFolder, { recursive: true })
  console.log(`${packed.filename}: ${packed.files.length} files, ${Math.ceil(packed.size / 1024)} KiB packed`)

  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/errors.md']) {
    expect(existsSync(join(packageFolder, name)), `${name} is in the package`)
  }
  const strays = readdirSync(packageFolder).filter((name) => ['src', 'test', 'scripts', 'node_modules'].includes(name))
  expect(strays.length === 0, `no ${strays.join(', ')} in the package`)
  return join(project, packed.filename)
}

/** What `npm install` would add: the runtime dependencies and the peer, which this checkout has; no others. */
function linkDependencies(chosen) {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const name of [...Object.keys(dependencies), ...Object.keys(peerDependencies), '@types/node'].filter(chosen)) {
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(nodeModules, name), link, 'junction')
  }
}

/** Without the AWS SDK on the disk: an import that needs it fails. It is loaded at the first call to KMS. */
function checkLazySdk() {
  const use = "awsKms({ region: 'eu-central-1' }); console.log('loaded')"
  for (const [file, load] of [
    ['lazy.mjs', "import { awsKms } from 'prisma-envelope'"],
    ['lazy.cjs', "const { awsKms } = require('prisma-envelope')"],
  ]) {
    expect(node(file, `${load}\n${use}`) === 'loaded', `${file} loads without the AWS SDK`)
  }
}

/** Bundles an application that seals and opens a value, and runs it from a folder of its own. */
async function checkBundles() {
  writeFileSync(join(project, 'app.js'), APPLICATION)
  // Beside the bundle, as a foreign package would have one: must not be loaded.
  const trap = join(project, 'prebuilds', `${process.platform}-${process.arch}`)
  mkdirSync(trap, { recursive: true })
  writeFileSync(join(trap, 'aes-256-gcm.node'), 'not an addon of ours')
  const addon = buildAccelerator()
  for (const [format, file] of [
    ['esm', 'app.mjs'],
    ['cjs', 'app.cjs'],
  ]) {
    await esbuild({
      entryPoints: [join(project, 'app.js')],
      outfile: join(project, 'bundle', file),
      bundle: true,
      platform: 'node',
      format,
      logLevel: 'error',
      // The generated client's own affair.
      external: ['@prisma/client'],
      // CommonJS packages in a bundle of ES modules: https://github.com/evanw/esbuild/issues/1921
      banner: format === 'esm' ? { js: ESM_BANNER } : {},
    })
    const output = node(join('bundle', file))
    const [sealed, opened, loaded = ''] = output.split(' ')
    expect(sealed.startsWith('pe1:') && opened === 'ann@example.com', `the ${format} bundle seals and opens: ${output}`)
    expect(loaded === addon, `the ${format} bundle loads ${addon || 'no addon'}, not ${loaded || 'none'}`)
    console.log(
      `Bundled as ${format}: works, ${addon === '' ? 'without an accelerator, since no compiler is here' : 'with the accelerator'}.`,
    )
  }
}

/** As the release workflow puts it into the package, where a compiler is. Returns its path, or '' where there is none. */
function buildAccelerator() {
  const prebuilds = join(packageFolder, 'prebuilds')
  try {
    execFileSync(process.execPath, [join(root, 'scripts', 'build-native.mjs'), '--into', prebuilds], { stdio: 'pipe' })
  } catch {
    // What a failed build left would be found.
    rmSync(prebuilds, { recursive: true, force: true })
    return ''
  }
  return realpathSync(join(prebuilds, `${process.platform}-${process.arch}`, 'aes-256-gcm.node'))
}

/** Loads every entry point both ways; returns their names. */
function checkEntries() {
  const { exports } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  const entries = Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => path.replace('.', 'prisma-envelope'))
  for (const entry of entries) {
    const imported = node(
      'import.mjs',
      `import * as m from '${entry}'; console.log(JSON.stringify(Object.keys(m).sort()))`,
    )
    const required = node('require.cjs', `console.log(JSON.stringify(Object.keys(require('${entry}')).sort()))`)
    const names = JSON.parse(imported)
    expect(names.length > 0, `${entry} exports something`)
    expect(imported === required, `${entry} exports the same by import (${imported}) and by require (${required})`)
  }
  return entries
}

/** Compiles a user of every entry point, as ES module and as CommonJS. */
function checkTypes(entries) {
  const uses = entries.map((entry, i) => `import * as m${i} from '${entry}'`).join('\n')
  // A name that resolves to nothing would be `any`, and pass: so each is asked whether it is.
  const tests = entries.map((_, i) => `const check${i}: IsAny<typeof m${i}> = false\nvoid check${i}`).join('\n')
  const source = `${uses}\ntype IsAny<T> = 0 extends 1 & T ? true : false\n${tests}\n`
  for (const name of ['esm.mts', 'cjs.cts']) writeFileSync(join(project, name), source)
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['preserve', 'bundler'],
  ]) {
    const compilerOptions = { module, moduleResolution, target: 'es2023', strict: true, noEmit: true, types: ['node'] }
    // Declarations are checked too, ours among them; errors in those of other packages are theirs to fix.
    const config = { compilerOptions: { ...compilerOptions, skipLibCheck: true }, files: ['esm.mts', 'cjs.cts'] }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
    node(join(nodeModules, 'typescript', 'bin', 'tsc'))
  }
}

/** Starts the command as a shell would, by its shebang line. */
function checkCommand() {
  const { bin } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  const command = join(packageFolder, bin['prisma-envelope'])
  expect(readFileSync(command, 'utf8').startsWith('#!/usr/bin/env node\n'), 'the command has a shebang line')
  const output = node(command, undefined, ['--version'])
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(output.includes(version), `prisma-envelope --version says ${version}, not: ${output}`)
}

/** Runs a Node program in the project; `source`, if given, is written into it first. */
function node(file, source, args = []) {
  const path = join(project, file)
  if (source !== undefined) writeFileSync(path, source)
  try {
    return execFileSync(process.execPath, [source === undefined ? file : path, ...args], {
      cwd: project,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  } catch (error) {
    throw new Error(`${file} failed:\n${error.stdout}\n${error.stderr}`)
  }
}

function expect(condition, what) {
  if (!condition) throw new Error(`The packed package is wrong: expected that ${what}`)
}
