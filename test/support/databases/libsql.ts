import * as libsql from '@prisma/adapter-libsql'

/** Prisma's adapter for libSQL. In Prisma 6 it goes by the name `PrismaLibSQL`. */
export const PrismaLibSql: typeof libsql.PrismaLibSql =
  libsql.PrismaLibSql ?? (libsql as unknown as { PrismaLibSQL: typeof libsql.PrismaLibSql }).PrismaLibSQL
