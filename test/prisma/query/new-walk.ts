import { OpenColumns } from '../../../src/leaves/index.js'
import type { ResultContext, ResultWalk } from '../../../src/prisma/query/index.js'
import { clinic } from './plan-clinic.js'

/** A walk over a result, by default one that is opened for nobody, and compared with no index. */
export function newWalk(context: Partial<ResultContext> = {}, more: Partial<ResultWalk> = {}): ResultWalk {
  return {
    context: { models: clinic, bound: undefined, fallback: undefined, ...context },
    leaves: new OpenColumns(),
    checks: undefined,
    added: [],
    ...more,
  }
}
