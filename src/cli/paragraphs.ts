/** Paragraphs of a help text, which is wrapped to the width of the terminal. */
export function paragraphs(...texts: string[]): string {
  return texts.join('\n\n')
}
