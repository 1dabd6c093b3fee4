import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** The two methods that Prisma calls on a generator. */
export interface Handlers {
  getManifest(): unknown
  /** Resolves when the files are written. If it throws, `prisma generate` fails with the error's message. */
  generate(params: unknown): Promise<void>
}

interface Request {
  readonly id: number
  readonly method: string
  readonly params: unknown
}

/**
 * Prisma's generator protocol: line-delimited JSON-RPC 2.0, requests on `input`, replies on `output`, which is the
 * process's stderr. stdout is the terminal, for messages to people. Resolves when the input ends.
 */
export async function serve(input: Readable, output: Writable, handlers: Handlers): Promise<void> {
  const reply = (id: number | null, body: object): void => {
    output.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`)
  }
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue
    const request = parseRequest(line)
    if (request === undefined) {
      reply(null, { error: { code: -32700, message: 'not a JSON-RPC request', data: {} } })
      continue
    }
    try {
      reply(request.id, { result: await call(request, handlers) })
    } catch (error) {
      // Prisma prints the message; a stack would hide what the developer has to change.
      const message = error instanceof Error ? error.message : String(error)
      reply(request.id, { error: { code: -32000, message, data: {} } })
    }
  }
}

async function call({ method, params }: Request, handlers: Handlers): Promise<unknown> {
  if (method === 'getManifest') return { manifest: handlers.getManifest() }
  if (method === 'generate') {
    await handlers.generate(params)
    return null
  }
  throw new Error(`unknown generator method "${method}"`)
}

function parseRequest(line: string): Request | undefined {
  let message: unknown
  try {
    message = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof message !== 'object' || message === null) return undefined
  if (!('id' in message) || typeof message.id !== 'number') return undefined
  if (!('method' in message) || typeof message.method !== 'string') return undefined
  return { id: message.id, method: message.method, params: 'params' in message ? message.params : undefined }
}
