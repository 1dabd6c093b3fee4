import { writeFileSync } from 'node:fs'
import { writeDocument } from '../report/document.js'
import { study } from './study.js'
import { estimates, tables } from './tables.js'

/** Runs the attacks, and prints what they name. Needs no database: an attacker's copy is a list of tokens and lengths. */
export function leakage(writeDocs: boolean): void {
  const found = study(console.log)
  console.log(`\n${tables(found)}\n\n${estimates(found)}`)
  if (!writeDocs) return
  // A list of numbers in one line, as the formatter has it.
  const text = JSON.stringify(found, null, 2).replaceAll(/\[[\d.,\s]+\]/g, (list) =>
    list.replaceAll(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'),
  )
  writeFileSync(new URL('results.json', import.meta.url), `${text}\n`)
  writeDocument('leakage', tables(found), 'docs/leakage.md')
  writeDocument('estimates', estimates(found), 'docs/leakage.md')
}
