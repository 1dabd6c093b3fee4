import { EnvelopeTenantError } from '../../errors.js'
import { refuseFolding, tenantText } from '../../tenancy/tenant.js'
import type { Choice } from '../choices.js'
import { isAlwaysSet } from '../dmmf.js'
import type { Problem } from '../problems.js'

/** What is wrong with `sharedTenant` of the generator's block, or with its absence. */
export function sharedTenantProblems(choices: readonly Choice[], sharedTenant: string | undefined): Problem[] {
  const refuse = (message: string): Problem[] => [{ model: 'generator', message }]
  if (sharedTenant === undefined) {
    const sharing = choices.filter(canShare).map(({ model }) => model.name)
    if (sharing.length === 0) return []
    return refuse(
      `rows of ${sharing.join(', ')} can belong to no tenant, and are then sealed for the shared tenant, which needs a name. ` +
        'Write `sharedTenant = "main"` in the block of this generator as well, or another name that no tenant has.',
    )
  }
  const columns = choices.flatMap(({ tenant }) => (tenant.from === 'column' ? [tenant] : []))
  try {
    tenantText(sharedTenant)
    if (columns.some(({ folds }) => folds)) refuseFolding(sharedTenant)
  } catch (error) {
    if (!(error instanceof EnvelopeTenantError)) throw error
    return refuse(
      `\`sharedTenant\` cannot be ${JSON.stringify(sharedTenant)}. ${error.message} Write for example "main" instead.`,
    )
  }
  if (/^-?\d+$/.test(sharedTenant) && columns.some(({ type }) => type !== 'String')) {
    return refuse(
      `\`sharedTenant\` cannot be ${JSON.stringify(sharedTenant)}: tenants are integers in this schema, and one could have this number. Write a word such as "main" instead.`,
    )
  }
  return settledDefaults(choices, sharedTenant)
}

/** A create that leaves the column out would store the shared tenant's name, which no column holds. */
function settledDefaults(choices: readonly Choice[], sharedTenant: string): Problem[] {
  return choices.flatMap(({ model, field, tenant }): Problem[] => {
    if (tenant.from !== 'column' || typeof field?.default !== 'string') return []
    const fold = (text: string): string => (tenant.folds === true ? text.toLowerCase() : text)
    if (fold(field.default) !== fold(sharedTenant)) return []
    const instead = field.isRequired ? '`@default("")`' : 'no default'
    return [
      {
        model: model.name,
        field: field.name,
        message: `its default is the name of the shared tenant, which is not a tenant that a column names. Write ${instead} instead.`,
      },
    ]
  })
}

/** Whether a row can belong to no tenant: its model is shared, or its column or foreign key can be NULL. */
function canShare({ model, tenant, field }: Choice): boolean {
  return tenant.from === 'shared' || (field !== undefined && !isAlwaysSet(model, field))
}
