/** Whether two types are one and the same, `any` being equal to nothing but itself. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only for `true`. */
export function holds<_T extends true>(): void {}
