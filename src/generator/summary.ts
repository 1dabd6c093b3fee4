import type { ModelMap } from '../schema/model-map.js'
import { scalarsOf } from '../schema/scalars.js'
import { tenantText } from '../schema/tenant-text.js'

const shownModels = 12

/** One line that lists what is encrypted, the tenant columns, and the number of indexes; a warning if nothing is encrypted. */
export function summaryOf(map: ModelMap): { notices: readonly string[]; warnings: readonly string[] } {
  const models = Object.entries(map.models).flatMap(([name, model]) => {
    const encrypted = scalarsOf(model).flatMap(([field, { encrypted }]) => (encrypted === undefined ? [] : [field]))
    return encrypted.length === 0 ? [] : [{ name, encrypted, tenant: tenantText(model.tenant) }]
  })
  if (models.length === 0) {
    return {
      notices: [],
      warnings: ['no field of this schema is encrypted: no comment in it says `/// @encrypted`.'],
    }
  }
  const shown = models
    .slice(0, shownModels)
    .map(({ name, encrypted, tenant }) => `${name} (${encrypted.join(', ')}; tenant ${tenant})`)
  const more = models.length - shown.length
  if (more > 0) shown.push(`and ${counted(more, 'more model')}`)
  const fields = models.reduce((sum, { encrypted }) => sum + encrypted.length, 0)
  const indexes = Object.values(map.models)
    .flatMap(scalarsOf)
    .filter(([, { index }]) => index !== undefined).length
  const counts = `${counted(fields, 'field')}, ${indexes === 1 ? '1 index' : `${indexes} indexes`}`
  return { notices: [`encrypts ${shown.join(', ')}: ${counts}.`], warnings: [] }
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`
}
