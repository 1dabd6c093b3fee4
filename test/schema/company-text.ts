import { readFileSync } from 'node:fs'

const file = readFileSync(new URL('../schema-models/company/company.prisma', import.meta.url), 'utf8')

/** The company's schema without what leads to its rarer models, which are in a file of their own. */
export const companyText = file.replace(/^ {2}uses .*\n/m, '')
