/**
 * The client that an interactive transaction of `C` passes to its function: `type Tx = TransactionOf<typeof prisma>`. As
 * Prisma declares it: from 7.10 on it has its own `$transaction` (savepoints), in 6.19 it has none.
 *
 * Any extension makes a client unassignable to `Prisma.TransactionClient` (https://github.com/prisma/prisma/issues/20738),
 * so a function that accepts either one should use this type instead.
 */
export type TransactionOf<C extends { $transaction: unknown }> = C['$transaction'] extends (
  // `infer` uses the last overload, which is the one with a function.
  fn: (client: infer T) => Promise<unknown>,
  options?: never,
) => unknown
  ? T
  : never
