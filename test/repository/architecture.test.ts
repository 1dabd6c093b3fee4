import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** `docs/architecture.md` is a map: what it names exists, and what exists is on it. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const src = join(root, 'src')
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
const section = (title: string) => page.split('\n## ').find((part) => part.startsWith(title)) ?? ''

test('each file and folder that the page names is there', () => {
  const named = [...page.matchAll(/`((?:[a-z][\w.-]*\/)+[\w.-]*|[a-z-]+\.ts)`/g)].map(([, path = '']) => path)
  const folders = [...page.matchAll(/<b>(\w+\/)<\/b>/g)].map(([, path = '']) => path)
  expect(named.length).toBeGreaterThan(40)
  const inQuery = (path: string) => join(src, 'prisma/query', path)
  const missing = [...named, ...folders].filter(
    (path) => ![join(src, path), join(root, path), inQuery(path), join(src, 'keys', path)].some(existsSync),
  )
  expect(missing).toEqual([])
})

test('each folder of src/ is among the floors, and in the picture', () => {
  const folders = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory())
  const floors = section('The floors')
  expect(folders.filter((name) => !floors.includes(`\`${name}/\``))).toEqual([])
})

test('each room of keys/ is named', () => {
  const rooms = readdirSync(join(src, 'keys')).filter((name) => statSync(join(src, 'keys', name)).isDirectory())
  expect(rooms.filter((name) => !section('The floors').includes(`\`${name}/\``))).toEqual([])
})

test('the table of module state has every file that keeps some', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'))
  const state =
    /^(?:export )?let |^(?:export )?const \w+(?:: [^=]+)? = new (?:WeakMap|WeakSet|LRUCache|AsyncLocalStorage|(?:Map|Set)<[^>]*(?:<[^>]*>)*[^>]*>\(\))|^registry\[|^const registry/m
  const stateful = files.filter((name) => name.endsWith('.ts') && state.test(readFileSync(join(src, name), 'utf8')))
  const listed = [...section('Module state').matchAll(/^\| `([^`]+)`/gm)].map(([, path]) => path)
  // The embedded KMS and the generator are programs of their own.
  const own = stateful.filter((name) => !/^(?:kms\/local-kms|generator|cli)\//.test(name))
  expect(own.sort()).toEqual(listed.sort())
})
