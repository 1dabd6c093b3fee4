/** Optimal string alignment distance: insertions, deletions, substitutions and transpositions. */
export function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, at(beforeLast, j - 2) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return at(last, b.length)
}

/** The candidate nearest to `word`, ignoring case, if it is at most `limit` edits away. */
export function nearest(word: string, candidates: Iterable<string>, limit: number): string | undefined {
  let found: string | undefined
  let best = limit + 1
  for (const candidate of candidates) {
    const d = distance(word.toLowerCase(), candidate.toLowerCase())
    if (d < best) [found, best] = [candidate, d]
  }
  return found
}

/** How many letters may be wrong in what is still recognized; of two or three, one. */
const MISSPELT = 2

/** The name that was meant by one that there is not. */
export function meantBy(word: string, names: Iterable<string>): string | undefined {
  return nearest(word, names, word.length < 4 ? 1 : MISSPELT)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
