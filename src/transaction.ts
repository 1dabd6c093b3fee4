/**
 * The client that an interactive transaction of `C` hands to its function: `type Tx = TransactionOf<typeof prisma>`.
 *
 * Any extension makes a client unassignable to `Prisma.TransactionClient` (https://github.com/prisma/prisma/issues/20738),
 * so a function that takes either names this type instead.
 */
export type TransactionOf<C extends { $transaction: unknown }> = Omit<
  C,
  '$connect' | '$disconnect' | '$on' | '$use' | '$extends' | '$transaction'
>
