// Stops with one sentence where this Node is not supported. Runs first, and so is written for the oldest of them:
// ES5, CommonJS, no modules of Node's. The range is `engines.node` in package.json.
var parts = process.versions.node.split('.')
var major = Number(parts[0])
var minor = Number(parts[1])
if (!(major >= 24 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19))) {
  console.error(
    'prisma-envelope needs Node 20.19 or later, 22.12 or later, or 24 and up; this is Node ' +
      process.versions.node +
      '.',
  )
  process.exit(1)
}
