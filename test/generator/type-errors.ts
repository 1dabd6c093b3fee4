import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { repository } from './prisma-generate.js'

/** What TypeScript says about a file in `folder` that uses the generated module of the clinic schema beside it. */
export function typeErrors(folder: string, resolution: 'nodenext' | 'bundler'): string[] {
  const file = join(folder, `use-${resolution}.mts`)
  const module = resolution === 'nodenext' ? './encryption/index.js' : './encryption'
  writeFileSync(
    file,
    `import { encryptedModels } from '${module}'
import type { ModelMap } from '${repository}/src/schema/model-map.js'
encryptedModels satisfies ModelMap
encryptedModels.models.Patient.fields.email.encrypted.as satisfies 'person.email'
// @ts-expect-error: the map is read-only, and this has to fail to compile
encryptedModels.models.Patient.key[0] = 'x'
`,
  )
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    // The smallest library: reading the others is most of the time.
    lib: ['lib.es5.d.ts'],
    skipLibCheck: true,
    module: resolution === 'nodenext' ? ts.ModuleKind.NodeNext : ts.ModuleKind.ESNext,
    moduleResolution: resolution === 'nodenext' ? ts.ModuleResolutionKind.NodeNext : ts.ModuleResolutionKind.Bundler,
    strict: true,
    noEmit: true,
    isolatedModules: true,
    verbatimModuleSyntax: true,
    types: [],
  })
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}
