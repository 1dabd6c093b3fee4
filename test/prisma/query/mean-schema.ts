/**
 * A schema that is as mean to a walker of arguments as Prisma allows: fields and compounds named after Prisma's own
 * words, Json fields among them, relations that meet themselves, and encrypted fields that are far away.
 */
export const MEAN_SCHEMA = `
generator client {
  provider        = "prisma-client"
  output          = "client"
  previewFeatures = ["fullTextSearchPostgres"]
}

datasource db {
  provider = "postgresql"
}

/// Leads to encrypted fields in two steps only, and no tenant is anywhere on the way.
model First {
  id       Int    @id @default(autoincrement())
  label    String
  middleId Int
  middle   Middle @relation(fields: [middleId], references: [id])
}

model Middle {
  id     Int     @id @default(autoincrement())
  tag    String? @unique
  firsts First[]
  lasts  Last[]
}

/// @encrypted.bound
model Last {
  a      Int
  b      String
  secret String /// @encrypted
  equals Bytes? /// @encrypted.index(secret, normalize: [trim], scope: global)
  in     Bytes? @unique /// @encrypted.index(secret, scope: global)
  select Json? /// @encrypted
  lines  String[]
  docs   Json[]
  amount BigInt?
  price  Decimal?
  middleId Int?
  middle   Middle? @relation(fields: [middleId], references: [id])

  @@id([a, b], name: "data")
}

/// Points at Trick to-one, with a relation that is called as the operation is.
model Holder {
  id       Int     @id @default(autoincrement())
  update   Trick?  @relation("update", fields: [updateId], references: [id])
  updateId String? @unique
  plain    Plain?
  data     Trick?  @relation("data", fields: [dataId], references: [id])
  dataId   String?
}

/// Encrypted and plain fields with the names of arguments, operations, filters and combinators.
/// @encrypted.bound
model Trick {
  id       String   @id @default(uuid())
  data     Json? /// @encrypted
  where    String? /// @encrypted
  is       String? /// @encrypted
  isNot    String?
  some     String?
  every    String? /// @encrypted
  none     String?
  create   String /// @encrypted
  connect  Json? /// @encrypted
  set      Json?
  skip     String?
  include  Bytes? /// @encrypted
  omit     Boolean  @default(false)
  cursor   DateTime @default(now())
  updated  Holder?  @relation("update")
  holders  Holder[] @relation("data")
  upsert   Trick[]  @relation("friends")
  disconnect Trick[] @relation("friends")
  parentId String?
  parent   Trick?   @relation("tree", fields: [parentId], references: [id])
  delete   Trick[]  @relation("tree")

  @@unique([isNot, some], name: "select")
}

/// A plain model with a plain Json field called \`data\`, whose neighbours are encrypted.
model Plain {
  id       Int     @id @default(autoincrement())
  data     Json?
  where    Json?
  holderId Int     @unique
  holder   Holder  @relation(fields: [holderId], references: [id])
  sheets   Sheet[]
}

/// The list of tenants, which tenant columns point at: filled in by connecting.
model Org {
  id     String  @id
  sheets Sheet[]
}

model Sheet {
  id       Int     @id @default(autoincrement())
  orgId    String /// @encrypted.tenant
  org      Org     @relation(fields: [orgId], references: [id])
  title    String /// @encrypted
  plainId  Int?
  plain    Plain?  @relation(fields: [plainId], references: [id])
  rows     Row[]

  @@unique([orgId, id])
}

/// Its foreign key holds the tenant column and is itself part of the id.
model Row {
  orgId   String /// @encrypted.tenant
  sheetId Int
  line    Int
  sheet   Sheet  @relation(fields: [orgId, sheetId], references: [orgId, id])
  cell    String? /// @encrypted
  not     Bytes? /// @encrypted.index(cell)
  nextId  Int?

  @@id([orgId, sheetId, line])
}
`
