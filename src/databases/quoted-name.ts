/** An identifier as standard SQL quotes it (ISO/IEC 9075-2, delimited identifier). */
export function standardName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The name of a table, with its schema if the Prisma schema names one. */
export function tableName(
  quote: (name: string) => string,
  { schema, table }: { readonly schema: string | undefined; readonly table: string },
): string {
  return schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`
}
