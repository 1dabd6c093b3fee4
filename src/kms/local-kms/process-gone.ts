import { hasErrno } from './errno.js'

/** Whether no process of this machine has this id any more. A signal of 0 is none: it only asks. */
export function isGone(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    // EPERM: it is there, and another user's.
    return hasErrno(error, 'ESRCH')
  }
}
