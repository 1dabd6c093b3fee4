import type { Database } from '../../databases/index.js'
import type { Field } from '../dmmf.js'
import { tenantColumnTypes } from '../model-map.js'

/** The reasons why this field cannot be the tenant column; `[]` if it can. */
export function tenantProblems(database: Database, field: Field): string[] {
  if (field.kind === 'enum' || !tenantColumnTypes.some((type) => type === field.type) || field.isList) {
    const written = `${field.type}${field.isList ? '[]' : ''}`
    return [
      `a tenant column of type \`${written}\` is not supported. Write the type \`String\`, \`Int\` or \`BigInt\` instead.`,
    ]
  }
  const problems: string[] = []
  const native = field.nativeType?.[0]
  if (field.type === 'String' && native !== undefined && !database.columns.faithfulText.includes(native)) {
    const reason = reasons[native] ?? 'may return a different spelling than was written'
    problems.push(
      `\`@db.${native}\` ${reason}, so a row's tenant could differ from the one that it was sealed for. Write \`String\` without it instead.`,
    )
  }
  return problems
}

const reasons: Record<string, string> = {
  Char: 'pads its values with blanks',
  NChar: 'pads its values with blanks',
  Citext: 'ignores case',
}
