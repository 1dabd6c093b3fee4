import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

/**
 * The doc comments are the API reference (`npm run docs`) and what an editor shows. They are read by the compiler, which
 * takes a second, not by the tool that makes pages of them.
 */
const root = fileURLToPath(new URL('../../', import.meta.url))
const entryPoints = [
  'src/index.ts',
  'src/kms/local-kms/index.ts',
  'src/cli/config/define-config.ts',
  'src/pg-boss/index.ts',
]

const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
const program = ts.createProgram(
  entryPoints.map((path) => root + path),
  options,
)
const checker = program.getTypeChecker()

interface Named {
  readonly name: string
  readonly symbol: ts.Symbol
}

function exportsOf(path: string): Named[] {
  const file = program.getSourceFile(root + path)
  const module = file && checker.getSymbolAtLocation(file)
  if (module === undefined) throw new Error(`${path} is no module`)
  return checker.getExportsOfModule(module).map((symbol) => ({
    name: symbol.name,
    symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  }))
}

/** What a user of an exported interface, options object or class sees: its own members, not what it inherits. */
function membersOf({ name, symbol }: Named): Named[] {
  const members: Named[] = []
  const add = (declarations: readonly ts.Declaration[]): void => {
    for (const declaration of declarations) {
      const member = ts.getNameOfDeclaration(declaration)
      if (member === undefined || ts.isPrivateIdentifier(member)) continue
      const found = checker.getSymbolAtLocation(member)
      // A member by a symbol, such as `[Symbol.iterator]`, is not one that people call.
      if (found === undefined || found.name.startsWith('__@')) continue
      members.push({ name: `${name}.${found.name}`, symbol: found })
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isTypeLiteralNode(node) || ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) add(node.members)
    // Literals in a signature are parameters and results, those in a condition are tests: neither are members.
    else if (!ts.isFunctionTypeNode(node) && !ts.isConditionalTypeNode(node)) ts.forEachChild(node, visit)
  }
  for (const declaration of symbol.declarations ?? []) {
    if (ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration)) visit(declaration)
    else if (ts.isTypeAliasDeclaration(declaration)) visit(declaration.type)
  }
  return members
}

const isDocumented = ({ symbol }: Named) =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() !== ''
const isRunnable = ({ symbol }: Named) => (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) !== 0
const hasTag = ({ symbol }: Named, tag: string) => symbol.getJsDocTags(checker).some(({ name }) => name === tag)
const names = (all: readonly Named[]) => all.map(({ name }) => name)

describe.each(entryPoints)('of %s', (path) => {
  const exported = exportsOf(path)

  test('every export has a doc comment', () => {
    expect(exported.length).toBeGreaterThan(2)
    expect(names(exported.filter((one) => !isDocumented(one)))).toEqual([])
  })

  test('every option and member of what is exported has a doc comment', () => {
    const members = exported.flatMap(membersOf)
    expect(members.length).toBeGreaterThan(3)
    expect(names(members.filter((one) => !isDocumented(one)))).toEqual([])
  })

  test('every function and class has an example', () => {
    expect(names(exported.filter((one) => isRunnable(one) && !hasTag(one, 'example')))).toEqual([])
  })

  test('every function says what it throws', () => {
    const functions = exported.filter(({ symbol }) => symbol.flags & ts.SymbolFlags.Function)
    expect(names(functions.filter((one) => !hasTag(one, 'throws')))).toEqual([])
  })
})
