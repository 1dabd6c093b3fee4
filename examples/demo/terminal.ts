/**
 * What the demo prints: headings, sentences, calls, values, and claims that are checked before they are printed.
 */
import { styleText } from 'node:util'
import { EnvelopeError, type EnvelopeErrorCode } from 'prisma-envelope'

/** Colours only where someone looks: on a terminal that has them, and not against https://no-color.org. */
const colours = process.stdout.isTTY === true && process.stdout.hasColors()
const width = Math.min(process.stdout.columns || 100, 100)

type Style = Parameters<typeof styleText>[0]
export function styled(style: Style, text: string): string {
  return colours ? styleText(style, text) : text
}

export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

export function heading(text: string): void {
  print()
  print(styled('bold', text))
  print(styled('dim', '─'.repeat(text.length)))
}

/** Sentences for the reader, wrapped. */
export function say(text: string): void {
  for (const line of wrapped(text, width)) print(line)
}

/** A call, as one would write it. */
export function call(code: string): void {
  print(`  ${styled('cyan', `> ${code}`)}`)
}

/** Rows of cells, in columns; the first row is their heading. */
export function table(rows: readonly (readonly string[])[]): void {
  const [first = []] = rows
  const widths = first.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  rows.forEach((row, i) => {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd()
    print(`    ${i === 0 ? styled('dim', line) : line}`)
  })
}

let checked = 0
/** How many claims were checked so far. */
export const claims = (): number => checked

/** Says what holds, having made sure that it does. */
export function claim(holds: boolean, text: string): void {
  if (!holds) throw new Error(`This was expected, and did not hold: ${text}`)
  checked += 1
  wrapped(text, width - 4).forEach((line, i) => {
    print(`  ${i === 0 ? styled('green', '✓') : ' '} ${line}`)
  })
}

/** Makes a call that must be refused, and shows with which error. */
export async function refused(code: EnvelopeErrorCode, work: () => PromiseLike<unknown>): Promise<void> {
  let outcome: unknown = 'it succeeded'
  try {
    await work()
  } catch (error) {
    outcome = error
  }
  if (!(outcome instanceof EnvelopeError) || outcome.code !== code) {
    throw new Error(`${code} was expected, but ${String(outcome)}`, { cause: outcome })
  }
  checked += 1
  print(`  ${styled('red', '✗')} ${styled('yellow', outcome.code)}`)
  for (const line of wrapped(outcome.message, width - 4)) print(`    ${styled('dim', line)}`)
}

/** The two ends of a long value, and its length. */
export function shortened(value: unknown): string {
  const text = String(value)
  return text.length <= 40 ? text : `${text.slice(0, 12)}…${text.slice(-10)} (${text.length} characters)`
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
