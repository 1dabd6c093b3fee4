import type { Choice } from '../choices.js'
import type { Problem } from '../problems.js'

/** A model has one answer to which tenant owns its rows. */
export function repeatedChoices(choices: readonly Choice[]): Problem[] {
  const first = new Map<string, Choice>()
  const problems: Problem[] = []
  for (const choice of choices) {
    const { model, field } = choice
    const other = first.get(model.name)
    if (other === undefined) {
      first.set(model.name, choice)
      continue
    }
    problems.push({
      model: model.name,
      field: field?.name,
      message: `${textOf(other)} already says which tenant owns a row of ${model.name}. Write one of the two annotations instead.`,
    })
  }
  return problems
}

function textOf({ model, field, tenant }: Choice): string {
  return field === undefined ? `\`@encrypted.${tenant.from}\` above the model` : `${model.name}.${field.name}`
}
