/** Set by `prisma-envelope check` for the generator that Prisma starts: it compares its files, and writes nothing. */
export const CHECK_ONLY = 'PRISMA_ENVELOPE_CHECK_ONLY'
