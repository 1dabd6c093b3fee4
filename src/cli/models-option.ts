import { Option } from 'commander'
import { modelMapFile } from '../schema/model-map-file.js'
import { conventionalFolders } from './models-file.js'

/** `--models`, of commands that read the model map and nothing else. */
export function modelsOption(): Option {
  return new Option(
    '--models <folder>',
    `the folder with ${modelMapFile}, which is the \`output\` of \`generator encryption\` in the schema; without this option, one of ${conventionalFolders.join(', ')}`,
  )
}
