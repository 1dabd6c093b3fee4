/** What the names of subjects begin with whose code is that of another checkout. */
export const BEFORE = 'before: '
