import type { ModelEntry, ScalarEntry } from './model-map.js'

/** The scalar fields of a model, by name. */
export function scalarsOf({ fields }: ModelEntry): [string, ScalarEntry][] {
  return Object.entries(fields).flatMap(([name, field]): [string, ScalarEntry][] =>
    field.kind === 'scalar' ? [[name, field]] : [],
  )
}
