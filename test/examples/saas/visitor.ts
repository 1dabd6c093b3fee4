import type { Hono } from 'hono'

/** Someone with a browser, or a program with a key: sends requests to the application, and keeps cookies. */
export class Visitor {
  readonly #app: Pick<Hono, 'request'>
  readonly #headers: Record<string, string>
  readonly #cookies = new Map<string, string>()
  /** Every answer that was no success, in full. */
  readonly refusals: string[]

  constructor(app: Pick<Hono, 'request'>, refusals: string[], headers: Record<string, string> = {}) {
    this.#app = app
    this.#headers = headers
    this.refusals = refusals
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async send(method: string, path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { ...this.#headers, Cookie: this.cookie }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await this.#app.request(path, { method, headers, ...(body !== undefined && { body: text }) })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    if (answer.status >= 400) this.refusals.push(`${method} ${answer.status} ${await answer.clone().text()}`)
    return answer
  }

  async status(method: string, path: string, body?: unknown): Promise<number> {
    return (await this.send(method, path, body)).status
  }

  /** The body of an answer that must be a success, taken for what the test says it is. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.send(method, path, body)
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (answer.status === 204 ? undefined : await answer.json()) as T
  }
}
