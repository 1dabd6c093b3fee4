import { emptyTables } from '../support/empty-tables.js'
import { openStage } from '../support/stage.js'

/**
 * Two tenants with the same rows, and links that cross between them, planted past Prisma. `$a` are acme's and `$g`
 * globex's; acme's row `x…` points at a row of globex, and globex's `y…` at one of acme.
 */
export async function openCrossedStage(options: Parameters<typeof openStage>[0] = {}) {
  const stage = await openStage(options)
  const { acme, database, globex } = stage

  async function fill(): Promise<void> {
    await emptyTables(database, '"_usage"', '"Staff"', '"Desk"', 'visits', '"Record"', '"_PatientToTag"')
    await emptyTables(database, 'patients', 'clinics', '"Room"', '"Tag"', '"Account"')
    await acme.room.create({ data: { id: 1, label: 'room' } })
    for (const [view, t, age] of [
      [acme, 'a', 10],
      [globex, 'g', 20],
    ] as const) {
      const clinicId = `c${t}`
      await view.clinic.create({ data: { id: clinicId, tenantId: t === 'a' ? 'acme' : 'globex', name: t } })
      await view.patient.create({ data: { id: `p${t}`, email: `p${t}`, ssn: t, age, clinicId } })
      await view.patient.create({ data: { id: `m${t}`, email: `m${t}`, age: age + 1, mentorId: `p${t}` } })
      await view.record.create({ data: { id: `r${t}`, patientId: `p${t}`, data: { of: t }, set: t } })
      await view.visit.create({ data: { reason: t, patientId: `p${t}`, roomId: 1 } as never })
      await view.desk.create({ data: { id: `d${t}`, label: t } as never })
      await view.staff.create({ data: { id: `s${t}`, name: t, pin: t } as never })
    }
    // The links that nothing but raw SQL makes.
    await view('acme').patient.create({ data: { id: 'xa', email: 'xa', age: 1 } })
    await view('globex').patient.create({ data: { id: 'yg', email: 'yg', age: 99 } })
    await view('globex').patient.create({ data: { id: 'zg', email: 'zg', age: 98 } })
    await view('acme').record.create({ data: { id: 'xr', patientId: 'xa', data: 1, set: 'x' } })
    await database.execute(`UPDATE patients SET mentor_id = 'pg' WHERE id = 'xa'`)
    await database.execute(`UPDATE patients SET mentor_id = 'pa' WHERE id = 'yg'`)
    // A record of acme that hangs on a patient of globex.
    await database.execute(`UPDATE "Record" SET "patientId" = 'zg' WHERE id = 'xr'`)
  }
  const view = (tenant: string) => stage.prisma.$forTenant(tenant)

  /** All that globex has, as it lies in the database. */
  async function foreignRows(): Promise<unknown[]> {
    const rows: unknown[] = []
    for (const [table, column] of [
      ['patients', 'tenant_id'],
      ['clinics', 'tenant_id'],
      ['visits', 'tenant_id'],
      ['"Record"', '"tenantId"'],
      ['"Desk"', '"tenantId"'],
      ['"Staff"', '"tenantId"'],
    ] as const) {
      rows.push(await database.query(`SELECT * FROM ${table} WHERE ${column} = 'globex' ORDER BY id`))
    }
    rows.push(await database.query('SELECT * FROM "_usage" ORDER BY 1, 2'))
    rows.push(await database.query('SELECT * FROM "_PatientToTag" ORDER BY 1, 2'))
    return rows
  }

  return { ...stage, fill, foreignRows }
}
