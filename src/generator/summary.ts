import { counted } from '../quoting/counted.js'
import { linksOf } from '../schema/links.js'
import type { EncryptedEntry, ModelMap } from '../schema/model-map.js'
import { tenantsOf } from '../schema/owners.js'
import { scalarsOf } from '../schema/scalars.js'
import { tenantSource } from '../schema/tenant-source.js'
import { openToNull, uniquePerTenant } from '../schema/tenant-uniques.js'

const shownModels = 12

/**
 * One line that lists what is encrypted, which tenant owns it and how many indexes there are, and one for what is unique within
 * a tenant only; a warning if nothing is encrypted, and warnings that are about several fields at once.
 */
export function summaryOf(map: ModelMap): { notices: readonly string[]; warnings: readonly string[] } {
  const models = Object.entries(map.models).flatMap(([name, model]) => {
    const encrypted = scalarsOf(model).flatMap(([field, { encrypted }]) => (encrypted === undefined ? [] : [field]))
    return encrypted.length === 0 ? [] : [{ name, encrypted, tenant: tenantSource(model.tenant) }]
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
  const counts = `${counted(fields, 'field')}, ${counted(indexes, 'index', 'indexes')}`
  const shared = map.sharedTenant === undefined ? '' : ` Shared rows are of the tenant "${map.sharedTenant}".`
  const keyTable = map.keyTable === undefined ? '' : ` Key table: ${map.keyTable.keys}, ${map.keyTable.counts}.`
  const jobs = map.jobs === undefined ? '' : ` Jobs: ${map.jobs}.`
  return {
    notices: [
      `encrypts ${shown.join(', ')}: ${counts}.${shared}${keyTable}${jobs}`,
      ...uniqueNotice(map),
      ...legacyNotice(map),
    ],
    warnings: [...lengthWarning(map), ...linkWarning(map), ...kindsWarning(map), ...nullWarning(map)],
  }
}

function uniqueNotice(map: ModelMap): string[] {
  const names = uniquePerTenant(map)
  return names.length === 0
    ? []
    : [
        `unique within each tenant, not across tenants: ${listed(names)}. With \`scope: global\`, an index is unique across them, and finds a row before its tenant is known.`,
      ]
}

/** What is read in plaintext, and until when. */
function legacyNotice(map: ModelMap): string[] {
  const fields = Object.entries(map.models).flatMap(([model, entry]) =>
    scalarsOf(entry).flatMap(([field, { encrypted }]) =>
      encrypted?.legacy === undefined ? [] : [`${model}.${field} (until ${encrypted.legacy.until})`],
    ),
  )
  return fields.length === 0 ? [] : [`plaintext is still read as data in ${listed(fields)}.`]
}

/** Texts that have an index and are not padded: equal values and exact lengths stand side by side. */
function lengthWarning(map: ModelMap): string[] {
  const fields = Object.entries(map.models).flatMap(([model, entry]) => {
    const indexed = new Set(scalarsOf(entry).flatMap(([, { index }]) => index?.source ?? []))
    return scalarsOf(entry).flatMap(([field, { encrypted }]) =>
      indexed.has(field) && isUnpadded(encrypted) ? [`${model}.${field}`] : [],
    )
  })
  if (fields.length === 0) return []
  const what = fields.length === 1 ? 'has an index and is' : 'have indexes and are'
  return [
    `${listed(fields)} ${what} not padded: which values are equal, and how long they are, together give away more than either (docs/search.md). Write \`@encrypted(pad: 16)\`, or \`pad: none\` to keep it so.`,
  ]
}

function isUnpadded(encrypted: EncryptedEntry | undefined): boolean {
  return encrypted?.type === 'text' && encrypted.pad === undefined && encrypted.write === undefined
}

function linkWarning(map: ModelMap): string[] {
  const links = linksOf(map).filter(({ accepted }) => !accepted)
  if (links.length === 0) return []
  const names = listed(links.map(({ model, field }) => `${model}.${field}`))
  const what = `${counted(links.length, 'relation')} can link rows`
  return [`${what} of two tenants: ${names}. \`npx prisma-envelope links\` prints what to write.`]
}

/** Two kinds of tenants in one schema: a client that is bound to one kind finds no rows of the other. */
function kindsWarning(map: ModelMap): string[] {
  const kinds = new Map<string, string[]>()
  for (const name of Object.keys(map.models)) {
    const kind = tenantsOf(map, name)
    if (kind !== undefined) kinds.set(kind, [...(kinds.get(kind) ?? []), name])
  }
  if (kinds.size < 2) return []
  const named = [...kinds].map(([kind, models]) => `${kind} (of ${listed(models)})`)
  return [
    `the tenants are rows of ${named.join(' and of ')}: a client that is bound to one kind finds no rows of the other, and relations between ` +
      'them are empty for it. Write one of them as `@encrypted.shared` instead, unless nothing reads both.',
  ]
}

function nullWarning(map: ModelMap): string[] {
  const names = openToNull(map)
  return names.length === 0
    ? []
    : [
        `the database accepts duplicates of shared rows, whose tenant column is NULL, in ${listed(names)}, and a unique input does not find them. ` +
          'Write a partial unique index in a migration if they must be unique.',
      ]
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, shownModels)
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ')
}
