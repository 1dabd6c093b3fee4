import { sqliteDialect } from '../census/sqlite-census.js'
import { ownerSql } from '../sweeping/sqlite-values.js'
import { leakageOf } from './compose.js'

export const sqliteLeakage = leakageOf(sqliteDialect, ownerSql, 'random()')
