/** The tenant of all rows, except where each row has another: a UUID, as tenants' ids are. */
export const TENANT = uuid(0)

/** As many tenants as rows, {@link TENANT} among them. */
export function tenantAt(at: number): string {
  return uuid(at % ROWS)
}

function uuid(number: number): string {
  return `6d1f4a52-0c3b-4e8f-9a7d-${String(number).padStart(12, '0')}`
}

/** How many rows the bulk scenarios read and write, with two encrypted values each. */
export const ROWS = 1_000
/** How many of the seeded patients have visits, and how many each. */
export const PARENTS = 100
export const CHILDREN = 10

export interface PatientRow {
  id: string
  tenantId: string
  email: string
  ssn: string
}

export interface VisitRow {
  id: string
  tenantId: string
  reason: string
  patientId: string
}

/** Rows with two texts of 20 characters each. Those of another turn have others. */
export function patients(turn: number, count = ROWS): PatientRow[] {
  const mark = String(turn).padStart(7, '0')
  return Array.from({ length: count }, (_, i) => {
    const number = String(i).padStart(4, '0')
    return {
      id: `${mark}-${number}`,
      tenantId: TENANT,
      email: `p${number}-${mark}@ex.org`,
      ssn: `900-11-${number}/${mark}x`,
    }
  })
}

/** The visits of the first of `parents`, with one text of 20 characters each. */
export function visits(parents: readonly PatientRow[]): VisitRow[] {
  return parents.slice(0, PARENTS).flatMap(({ id, tenantId }) =>
    Array.from({ length: CHILDREN }, (_, i) => ({
      id: `${id}-${i}`,
      tenantId,
      reason: `visit ${i} ${id}`,
      patientId: id,
    })),
  )
}

export interface Steps {
  folders: { id: string; tenantId: string }[]
  documents: { id: string; folderId: string }[]
  pages: { id: string; number: number; text: string; documentId: string }[]
}

/** Ten folders of the tenant, with as many documents as there are parents, and their pages. */
export function steps(): Steps {
  const folders = Array.from({ length: 10 }, (_, i) => ({ id: `folder-${i}`, tenantId: TENANT }))
  const documents = Array.from({ length: PARENTS }, (_, i) => ({ id: `document-${i}`, folderId: `folder-${i % 10}` }))
  const pages = documents.flatMap(({ id }) =>
    Array.from({ length: CHILDREN }, (_, number) => ({
      id: `${id}-${number}`,
      number,
      text: `text of page ${number}`.padEnd(20),
      documentId: id,
    })),
  )
  return { folders, documents, pages }
}
