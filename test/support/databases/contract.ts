import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'

/** By Prisma's name: MariaDB is `mysql`. */
export type Provider = 'postgresql' | 'sqlite' | 'mysql'

/** A value of a row as {@link TestDatabase.query} gives it. */
export type StoredValue = string | number | bigint | boolean | null | Uint8Array

export type StoredRow = Record<string, StoredValue>

export interface TestDatabase {
  readonly provider: Provider
  readonly url: string

  /** A new driver adapter for `new PrismaClient({ adapter })`; the client closes it on `$disconnect()`. */
  adapter(): SqlDriverAdapterFactory

  /**
   * Rows, over a connection of its own: committed data only. Names are the database's (`patients.email_sealed`).
   *
   * Parameters are `?` in order, or `$1`, `$2`… (not both). Bytes come as `Uint8Array`, Json as its text, dates as
   * the database writes them; integers as numbers.
   */
  query(sql: string, params?: readonly StoredValue[]): Promise<StoredRow[]>

  /** Runs one statement, or several when there are no parameters. Gives the number of rows that the last one changed. */
  execute(sql: string, params?: readonly StoredValue[]): Promise<number>

  /** Drops the database. Disconnect Prisma clients first. */
  close(): Promise<void>
}
