import { invalidRequest } from './errors.js'

/** What callers may send about a customer. `null` removes an optional value. */
export interface CustomerInput {
  name: string
  email: string
  phone?: string | null
  birthday?: string | null
  notes?: string | null
  status?: string
}

interface Rule {
  readonly nullable?: true
  readonly accepts: (text: string) => boolean
  /** Goes to callers: it tells the rule, never the value. */
  readonly says: string
}

const RULES: Readonly<Record<keyof CustomerInput, Rule>> = {
  name: { accepts: (text) => upTo(200, text), says: 'a text of 1 to 200 characters' },
  email: { accepts: (text) => upTo(254, text) && /^\S+@\S+$/.test(text), says: 'an e-mail address' },
  phone: { nullable: true, accepts: (text) => /^\+?[0-9 ()/.-]{3,30}$/.test(text), says: 'a phone number, or null' },
  birthday: { nullable: true, accepts: isDate, says: 'a date, as 1980-12-31, or null' },
  notes: { nullable: true, accepts: (text) => upTo(10_000, text), says: 'a text of 1 to 10,000 characters, or null' },
  status: { accepts: (text) => text === 'active' || text === 'archived', says: 'active or archived' },
}

/** A new customer. Throws an `invalid-request` problem. */
export function parseNewCustomer(body: unknown): CustomerInput {
  const { name, email, ...optional } = parseChanges(body)
  if (name === undefined) throw mustBe('name')
  if (email === undefined) throw mustBe('email')
  return { name, email, ...optional }
}

/** Some of a customer's values. Throws an `invalid-request` problem. */
export function parseChanges(body: unknown): Partial<CustomerInput> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidRequest('The body must be a JSON object.')
  }
  const changes: Record<string, string | null> = {}
  for (const [field, value] of Object.entries(body)) {
    // The name is not repeated: a body that was put together wrongly may hold a value there.
    if (!isField(field)) throw invalidRequest(`A customer has the fields ${Object.keys(RULES).join(', ')}.`)
    if (!isAccepted(RULES[field], value)) throw mustBe(field)
    changes[field] = value
  }
  // Each entry has passed the rule of its field.
  return changes as Partial<CustomerInput>
}

function isField(name: string): name is keyof CustomerInput {
  return Object.hasOwn(RULES, name)
}

function isAccepted(rule: Rule, value: unknown): value is string | null {
  if (value === null) return rule.nullable === true
  return typeof value === 'string' && value.isWellFormed() && rule.accepts(value)
}

function mustBe(field: keyof CustomerInput) {
  return invalidRequest(`${field} must be ${RULES[field].says}.`)
}

function upTo(length: number, text: string): boolean {
  return text.length > 0 && text.length <= length
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
