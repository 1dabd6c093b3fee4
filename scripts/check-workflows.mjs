/**
 * Lints GitHub workflows: `tsx scripts/check-workflows.mjs [file…]`, by default all of `.github/workflows/`. Prints each
 * finding as `file:line: what`, and exits with 1 if there are any.
 *
 * GitHub's own language service finds what is not a valid workflow: unknown keys, contexts that are not available where
 * they are used, jobs that do not exist. Our own rules come after it. Run with tsx, since the package imports JSON in a
 * way that Node 20 refuses.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { validate } from '@actions/languageservice'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { LineCounter, parseDocument, visit } from 'yaml'
import { root } from './prepare/paths.mjs'

const folder = join(root, '.github', 'workflows')
const files = process.argv.length > 2 ? process.argv.slice(2) : readdirSync(folder).map((name) => join(folder, name))

/** A tag can be moved to other code, a commit cannot. The comment says which release it is. */
const PINNED = /@[0-9a-f]{40}\s+# v\d+\.\d+\.\d+$/
/** What anyone who opens a pull request can choose. Expanded inside a script, it would be code. */
const UNTRUSTED = /\$\{\{[^}]*\b(github\.(event\b|head_ref|base_ref|ref_name)|inputs\.)/

let count = 0
for (const file of files) {
  for (const { line, what } of await findingsIn(file)) {
    console.error(`${relative(process.cwd(), file)}:${line}: ${what}`)
    count += 1
  }
}
if (count > 0) process.exit(1)
console.log(`${files.length} workflows: nothing found.`)

async function findingsIn(file) {
  const text = readFileSync(file, 'utf8')
  // The language service remembers what it parsed by its address.
  const document = TextDocument.create(pathToFileURL(file).href, 'yaml', 1, text)
  const said = await validate(document)
  return [...said.map(({ range, message }) => ({ line: range.start.line + 1, what: message })), ...ourFindings(text)]
}

function ourFindings(text) {
  const findings = []
  const lines = text.split('\n')
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const report = (node, what) => findings.push({ line: node?.range ? counter.linePos(node.range[0]).line : 1, what })

  visit(document, {
    Pair(_, { key, value }) {
      if (key?.value === 'uses' && !value.value.startsWith('./')) {
        const { line } = counter.linePos(value.range[0])
        if (!PINNED.test(lines[line - 1]))
          report(value, 'pin the action by its commit, with its release after it: `# vX.Y.Z`')
      }
      if (key?.value === 'run' && UNTRUSTED.test(value.value)) {
        report(value, 'untrusted text in a script: pass it through `env`')
      }
    },
  })

  const { on, permissions, jobs = {} } = document.toJS() ?? {}
  if (Object.keys(typeof on === 'object' ? on : { [on]: null }).includes('pull_request_target')) {
    report(document.get('on', true), "pull_request_target runs with this repository's secrets: use pull_request")
  }
  if (permissions === undefined || Object.values(permissions).includes('write') || typeof permissions === 'string') {
    report(document.get('permissions', true), 'list the `permissions` of the whole workflow, none of them `write`')
  }
  for (const [name, job] of Object.entries(jobs)) {
    if (job?.['timeout-minutes'] === undefined && job?.uses === undefined) {
      report(document.getIn(['jobs', name], true), `give the job ${name} \`timeout-minutes\``)
    }
  }
  return findings
}
