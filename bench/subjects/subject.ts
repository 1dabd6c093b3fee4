import type { Database, Server } from '../database.js'
import { PrismaClient } from '../generated/prisma/client.js'
import { type PatientRow, patients, steps, TENANT, tenantAt, visits } from '../rows.js'

/** A client whose calls are measured, on a database of its own. */
export interface Subject {
  readonly name: string
  readonly client: BenchClient
  /** The client of the tenant of a row, by the row's place: the same for all rows, unless each has another tenant. */
  clientOf(at: number): BenchClient
  tenantOf(at: number): string
  /** Whether each row has another tenant. */
  readonly manyTenants: boolean
  readonly database: Database
  /** Whether what it stores must not be what was written. */
  readonly encrypts: boolean
  /** Whether it finds rows by an encrypted value. */
  readonly searches: boolean
  /** Whether the client is bound to the tenant, and adds the tenant filter by itself. */
  readonly bound: boolean
  /** Whether it knows tenants through a relation. */
  readonly knowsSteps: boolean
  /** Drops all keys in memory, so that the next call asks KMS. Absent where there is no KMS. */
  forgetKeys?(): void
  /** Its texts in the place of those that everybody writes. */
  readonly text: (text: string) => string
  close(): Promise<void>
}

/** Extending changes a client's type, but not the models and calls that are measured. */
export type BenchClient = Pick<PrismaClient, 'patient' | 'visit' | 'intake' | 'folder' | 'document' | 'page'>

/** What tells one subject from another. */
export interface SubjectPlan {
  readonly name: string
  readonly encrypts: boolean
  /** The column of the equality search, which then has a database index. */
  readonly searchColumn?: 'email' | 'emailIndex' | 'emailHash'
  readonly text?: (text: string) => string
  readonly bound?: boolean
  /** Default: yes. */
  readonly knowsSteps?: boolean
  /** The generated client, if it is that of another checkout. */
  readonly Client?: typeof PrismaClient
  /** Makes the client that is measured from a plain one. */
  extend(plain: PrismaClient): Extended | Promise<Extended>
}

export interface Extended {
  readonly client: unknown
  /** The clients of the tenants of all rows, if each row has another tenant. */
  readonly tenants?: readonly unknown[]
  forgetKeys?(): void
}

/** Makes the client, with its tables seeded through it. */
export async function prepareSubject(plan: SubjectPlan, server: Server): Promise<Subject> {
  const { Client = PrismaClient } = plan
  const database = await server.open(plan.name)
  const plain = new Client({ adapter: database.adapter() })
  const close = async () => {
    await plain.$disconnect()
    await database.close()
  }
  try {
    const { client, tenants, forgetKeys } = await plan.extend(plain)
    const subject: Subject = {
      name: plan.name,
      client: client as BenchClient,
      clientOf: (at) => (tenants === undefined ? client : tenants[at % tenants.length]) as BenchClient,
      tenantOf: (at) => (tenants === undefined ? TENANT : tenantAt(at)),
      manyTenants: tenants !== undefined,
      database,
      encrypts: plan.encrypts,
      searches: plan.searchColumn !== undefined,
      bound: plan.bound ?? false,
      knowsSteps: plan.knowsSteps ?? true,
      ...(forgetKeys !== undefined && { forgetKeys }),
      text: plan.text ?? ((text) => text),
      close,
    }
    await seed(subject, plan.searchColumn)
    return subject
  } catch (error) {
    await close()
    throw error
  }
}

/** The rows that are read: those of turn 0. */
export const SEED = patients(0)

async function seed(subject: Subject, searchColumn: SubjectPlan['searchColumn']): Promise<void> {
  const { client, database } = subject
  if (searchColumn !== undefined) {
    for (const table of ['Patient', 'Intake']) await database.query(`CREATE INDEX ON "${table}" ("${searchColumn}")`)
  }
  const parents = own(subject, SEED)
  await client.patient.createMany({ data: parents })
  await client.visit.createMany({ data: visits(parents).map((row) => ({ ...row, reason: subject.text(row.reason) })) })
  if (subject.knowsSteps) await seedSteps(subject)
  await database.query('VACUUM ANALYZE')
}

async function seedSteps({ client, text }: Subject): Promise<void> {
  const { folders, documents, pages } = steps()
  await client.folder.createMany({ data: folders })
  await client.document.createMany({ data: documents })
  await client.page.createMany({ data: pages.map((page) => ({ ...page, text: text(page.text) })) })
}

/** Rows as this subject writes them. */
export function own({ text, tenantOf }: Pick<Subject, 'text' | 'tenantOf'>, rows: readonly PatientRow[]): PatientRow[] {
  return rows.map((row, at) => ({ ...row, tenantId: tenantOf(at), email: text(row.email), ssn: text(row.ssn) }))
}

/** The mean size of a text of 20 characters in its column, in bytes. */
export async function bytesPerValue({ database }: Subject): Promise<number> {
  const [row] = await database.query<{ bytes: string }>(
    'SELECT avg(octet_length(email) + octet_length(ssn)) / 2 AS bytes FROM "Patient"',
  )
  return Number(row?.bytes)
}
