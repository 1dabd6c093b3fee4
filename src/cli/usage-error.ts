/** The command line is wrong, in a way that `--help` explains: exit code 2. */
export class UsageError extends Error {}
