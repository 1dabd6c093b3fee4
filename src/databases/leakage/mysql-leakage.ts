import { mysqlDialect } from '../census/mysql-census.js'
import { ownerSql } from '../sweeping/mysql-values.js'
import { leakageOf } from './compose.js'

export const mysqlLeakage = leakageOf(mysqlDialect, ownerSql, 'rand()')
