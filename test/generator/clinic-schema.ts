import type { ModelMap } from '../../src/schema/model-map.js'

/** Names that differ from their tables, both kinds of compounds, every relation, every kind of encrypted field. */
export const models = `
/// Who pays. Fields marked \`@encrypted\` are sealed under the tenant's key.
model Clinic {
  /// @encrypted.tenant
  id       String    @id
  name     String
  patients Patient[]
  tags     Tag[]

  @@map("clinics")
}

model Patient {
  /// The number on the card. Ask ann@encrypted.example about it.
  id         Int      @default(autoincrement())
  tenantId   String   @default("") @map("tenant_id") /// Whose. @encrypted.tenant
  clinic     Clinic   @relation(fields: [tenantId], references: [id])
  email      String   @map("e_mail") /// @zod.string.email() @encrypted(as: "person.email", pad: 16) @deprecated
  emailIndex Bytes?   @map("e_mail_index") /// @encrypted.index(email, normalize: [trim, lowercase], scope: global)
  ssn        String?  /// @encrypted(pad: none)
  ssnIndex   Bytes?   @unique /// @encrypted.index(ssn, normalize: [digits], lowEntropy: accepted)
  /// @encrypted
  record     Json?
  scan       Bytes    /// @encrypted
  status     Status   @default(ACTIVE)
  labels     String[]
  changedAt  DateTime @updatedAt
  motherId   Int?
  mother     Patient? @relation("family", fields: [tenantId, motherId], references: [tenantId, id], onDelete: NoAction, onUpdate: NoAction)
  children   Patient[] @relation("family")

  @@id([tenantId, id])
  @@unique([tenantId, emailIndex], name: "byEmail")
  @@map("patients")
}

model Tag {
  name    String   @id
  clinics Clinic[]
}

enum Status {
  ACTIVE
  GONE
}
`

/** Written by hand: what the schema above must come to. */
export const expectedModule = `/**
 * Written by \`prisma generate\` (prisma-envelope).
 *
 * Encrypted field  Type     Logical name    Tenant    Index
 * Patient.email    String   person.email    tenantId  emailIndex (global, trim, lowercase)
 * Patient.ssn      String?  Patient.ssn     tenantId  ssnIndex (tenant, digits, low entropy)
 * Patient.record   Json?    Patient.record  tenantId  -
 * Patient.scan     Bytes    Patient.scan    tenantId  -
 *
 * Do not edit: annotate the Prisma schema instead. For \`fieldEncryption({ models: encryptedModels })\`.
 */

const models = {
  version: 2,
  provider: 'postgresql',
  digest: '9dbb2df38c2ee98c',
  models: {
    Clinic: {
      table: 'clinics',
      key: ['id'],
      compounds: {},
      tenant: { from: 'column', field: 'id', type: 'String' },
      fields: {
        id: { kind: 'scalar', type: 'String', column: 'id', unique: true },
        name: { kind: 'scalar', type: 'String', column: 'name' },
        patients: { kind: 'relation', model: 'Patient', list: true, opposite: 'clinic' },
        tags: { kind: 'relation', model: 'Tag', list: true, opposite: 'clinics' },
      },
    },
    Patient: {
      table: 'patients',
      key: ['tenantId', 'id'],
      compounds: { tenantId_id: ['tenantId', 'id'], byEmail: ['tenantId', 'emailIndex'] },
      tenant: { from: 'column', field: 'tenantId', type: 'String' },
      fields: {
        id: { kind: 'scalar', type: 'Int', column: 'id', default: 'database' },
        tenantId: { kind: 'scalar', type: 'String', column: 'tenant_id', default: 'literal' },
        clinic: { kind: 'relation', model: 'Clinic', fields: ['tenantId'], references: ['id'], opposite: 'patients' },
        email: {
          kind: 'scalar',
          type: 'String',
          column: 'e_mail',
          encrypted: { type: 'text', as: 'person.email', pad: 16 },
        },
        emailIndex: {
          kind: 'scalar',
          type: 'Bytes',
          column: 'e_mail_index',
          optional: true,
          index: {
            kind: 'equality',
            source: 'email',
            normalize: ['trim', 'lowercase'],
            scope: 'global',
            as: 'Patient.emailIndex',
          },
        },
        ssn: {
          kind: 'scalar',
          type: 'String',
          column: 'ssn',
          optional: true,
          encrypted: { type: 'text', as: 'Patient.ssn', pad: 1 },
        },
        ssnIndex: {
          kind: 'scalar',
          type: 'Bytes',
          column: 'ssnIndex',
          optional: true,
          unique: true,
          index: {
            kind: 'equality',
            source: 'ssn',
            normalize: ['digits'],
            scope: 'tenant',
            as: 'Patient.ssnIndex',
            lowEntropy: true,
          },
        },
        record: {
          kind: 'scalar',
          type: 'Json',
          column: 'record',
          optional: true,
          encrypted: { type: 'json', as: 'Patient.record' },
        },
        scan: { kind: 'scalar', type: 'Bytes', column: 'scan', encrypted: { type: 'bytes', as: 'Patient.scan' } },
        status: { kind: 'scalar', type: 'Status', column: 'status', default: 'literal' },
        labels: { kind: 'scalar', type: 'String', column: 'labels', list: true },
        changedAt: { kind: 'scalar', type: 'DateTime', column: 'changedAt', default: 'client' },
        motherId: { kind: 'scalar', type: 'Int', column: 'motherId', optional: true },
        mother: {
          kind: 'relation',
          model: 'Patient',
          optional: true,
          fields: ['tenantId', 'motherId'],
          references: ['tenantId', 'id'],
          onDelete: 'NoAction',
          opposite: 'children',
        },
        children: { kind: 'relation', model: 'Patient', list: true, opposite: 'mother' },
      },
    },
    Tag: {
      table: 'Tag',
      key: ['name'],
      compounds: {},
      fields: {
        name: { kind: 'scalar', type: 'String', column: 'name', unique: true },
        clinics: { kind: 'relation', model: 'Clinic', list: true, opposite: 'tags' },
      },
    },
  },
} as const

type Models = typeof models

/** The type of this schema, by a name: declaration files refer to it and do not repeat it. */
export interface EncryptedModels extends Models {}

export const encryptedModels: EncryptedModels = models
`

/** The map that this module exports. */
export const expectedMap: ModelMap = new Function(
  `'use strict'; return ${/^const models = (.*) as const$/ms.exec(expectedModule)?.[1]}`,
)()

/** What is in the file next to it. */
export const expectedMapFile = `${JSON.stringify(expectedMap, null, 2)}\n`

export const expectedLock = `{
  "version": 2,
  "models": {
    "Clinic": { "table": "clinics", "tenant": { "field": "id", "type": "text" } },
    "Patient": { "table": "patients", "tenant": { "field": "tenantId", "column": "tenant_id", "type": "text" } },
    "Tag": {}
  },
  "fields": {
    "Patient.email": { "as": "person.email", "column": "e_mail", "type": "text" },
    "Patient.emailIndex": { "as": "Patient.emailIndex", "column": "e_mail_index", "index": "person.email", "scope": "global", "normalize": [ "trim", "lowercase" ] },
    "Patient.record": { "as": "Patient.record", "type": "json" },
    "Patient.scan": { "as": "Patient.scan", "type": "bytes" },
    "Patient.ssn": { "as": "Patient.ssn", "type": "text" },
    "Patient.ssnIndex": { "as": "Patient.ssnIndex", "index": "Patient.ssn", "scope": "tenant", "normalize": [ "digits" ] }
  }
}
`
