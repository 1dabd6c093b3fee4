import { defineConfig } from 'tsdown'

const library = {
  index: 'src/index.ts',
  'local-kms': 'src/kms/local-kms/index.ts',
  config: 'src/cli/config/define-config.ts',
  'pg-boss': 'src/pg-boss/index.ts',
}

/**
 * The AWS SDK is loaded at the first call. CommonJS does that by `require`, since Jest runs it where there is no
 * `import()`. One line for one line, so that the source maps stay right.
 */
const requireSdk = {
  name: 'require-sdk',
  renderChunk: (code: string) =>
    code.replaceAll('import("@aws-sdk/client-kms")', 'Promise.resolve().then(() => require("@aws-sdk/client-kms"))'),
}

/**
 * The library as ES modules and as CommonJS (which cannot always `require` the former: Jest), each with types of its
 * own. The command is one more entry of the ES modules, so that it shares its code with what a configuration file
 * imports.
 */
export default defineConfig({
  format: {
    esm: { entry: { ...library, cli: 'src/cli/main.ts' } },
    cjs: { entry: library, plugins: [requireSdk] },
  },
  dts: true,
  platform: 'node',
  target: 'node20.19',
  fixedExtension: false,
  sourcemap: true,
  failOnWarn: true,
})
