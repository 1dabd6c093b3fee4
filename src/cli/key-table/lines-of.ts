import { open } from 'node:fs/promises'

/** A file line by line. The last one needs no end. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const handle = await open(file)
  try {
    yield* handle.readLines()
  } finally {
    await handle.close()
  }
}
