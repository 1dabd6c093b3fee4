import { postgresqlDialect } from '../census/postgresql-census.js'
import { ownerSql } from '../sweeping/postgresql-values.js'
import { leakageOf } from './compose.js'

export const postgresqlLeakage = leakageOf(postgresqlDialect, ownerSql, 'random()')
