import { EnvelopeQueryError, EnvelopeTenantError } from '../errors.js'

/** Errors that a call is refused with before any SQL. They name fields and say what to do; they never hold a value. */

export function refusedFilter(model: string, field: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} is encrypted, so the database cannot compare it; only null checks work. Filter by another field, or filter after reading.`,
    { model, field },
  )
}

export function refusedUse(model: string, field: string, use: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} is encrypted, so ${use} would go by its ciphertext. Use another field, or do it after reading.`,
    { model, field },
  )
}

export function unknownArgument(model: string, argument: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_ARGUMENT_UNKNOWN',
    `${model} has no ${JSON.stringify(argument)} that encryption knows of. Correct the name; if the schema has changed, run prisma generate.`,
    { model },
  )
}

export function wrongShape(model: string, argument: string, wanted: string): EnvelopeQueryError {
  return new EnvelopeQueryError('ENVELOPE_VALUE_INVALID', `${model}: ${argument} takes ${wanted}.`, { model })
}

export function tenantRequired(model: string, column: string | undefined): EnvelopeTenantError {
  const row = column === undefined ? '' : `, give ${column} in the row`
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `Nothing says which tenant this ${model} belongs to. Use prisma.$forTenant(tenant) or runWithTenant(tenant, …)${row}, or set the tenant option.`,
    { model },
  )
}

export function tenantConflict(model: string, row: string, context: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_CONFLICT',
    `This ${model} says tenant ${JSON.stringify(row)}, but the call is made for tenant ${JSON.stringify(context)}. Correct one of them.`,
    { model, tenant: context },
  )
}

export function tenantChanged(model: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_CHANGED',
    `An update cannot move a ${model} to another tenant: its envelopes would not open there. Read it, create it under the other tenant, and delete it here.`,
    { model },
  )
}
