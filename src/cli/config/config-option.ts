import { Option } from 'commander'
import { conventionalFiles } from './load-config.js'

/** `--config`, of commands that use the application's client. */
export function configOption(): Option {
  return new Option(
    '--config <file>',
    `the configuration; without this option, ${conventionalFiles[0]} (or .mts, .js, .mjs, .cjs)`,
  )
}
