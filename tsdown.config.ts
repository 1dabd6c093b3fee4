import { defineConfig } from 'tsdown'

const library = { index: 'src/index.ts', 'local-kms': 'src/kms/local-kms/index.ts' }

/**
 * The library as ES modules and as CommonJS (which cannot always `require` the former: Jest), each with types of its
 * own. The command is one more entry of the ES modules, so that it shares its code with what a configuration file
 * imports.
 */
export default defineConfig({
  format: {
    esm: { entry: { ...library, cli: 'src/cli/main.ts' } },
    cjs: { entry: library },
  },
  dts: true,
  platform: 'node',
  target: 'node20.19',
  fixedExtension: false,
  sourcemap: true,
  failOnWarn: true,
})
