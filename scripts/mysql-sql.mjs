/**
 * The SQL that creates a test schema on MySQL and MariaDB, which the schema engine of npm cannot make (`schema-sql.mjs`).
 *
 * From Prisma's own description of the schema, and as Prisma Migrate writes it: the same types, the same collation
 * (which ignores case), the same names of tables between models. It knows what test schemas use: columns,
 * keys, uniques, indexes, foreign keys, enums, many-to-many. Anything else is an error, not a guess.
 *
 * `npm run setup` runs it on `test/schema-models/` and keeps the outcome in `test/schema-sql/mysql.sql`, under version
 * control: a change of the models shows there. For the models of another folder, call `mysqlSql` in the same way.
 */
import { getDMMF } from '@prisma/get-dmmf'

/**
 * @param {readonly { path: string, content: string }[]} files The schema's files, `generator` and `datasource` included.
 * @returns {string} Statements separated by `;`, for an empty database.
 */
export function mysqlSql(files) {
  const document = getDMMF({ datamodel: files.map(({ path, content }) => [path, content]) })
  if (document.datamodel === undefined) throw new Error(`The schema is not one for MySQL: ${JSON.stringify(document)}`)
  const { datamodel } = document
  const tables = datamodel.models.map((model) => {
    const columns = model.fields.filter(({ kind }) => kind !== 'object').map((field) => columnSql(datamodel, field))
    const keys = datamodel.indexes.filter((index) => index.model === model.name).map((index) => keySql(model, index))
    return createTable(tableOf(model), [...columns, ...keys, ...modelForeignKeys(datamodel, model)])
  })
  // Tables may name each other in a circle; to add the foreign keys afterwards takes twice as long.
  const inAnyOrder = ['SET FOREIGN_KEY_CHECKS = 0;', ...tables, ...manyToMany(datamodel), 'SET FOREIGN_KEY_CHECKS = 1;']
  return `${inAnyOrder.join('\n\n')}\n`
}

const tableOptions = 'DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'

/** Prisma's types without a native type. */
const standingTypes = {
  String: 'VARCHAR(191)',
  Boolean: 'BOOLEAN',
  Int: 'INTEGER',
  BigInt: 'BIGINT',
  Float: 'DOUBLE',
  Decimal: 'DECIMAL(65,30)',
  DateTime: 'DATETIME(3)',
  Json: 'JSON',
  Bytes: 'LONGBLOB',
}

function createTable(name, parts) {
  const lines = parts.map((line) => `  ${line}`).join(',\n')
  return `CREATE TABLE ${quoted(name)} (\n${lines}\n) ${tableOptions};`
}

function columnSql(datamodel, field) {
  if (field.isList) throw new Error(`${field.name}: MySQL has no lists`)
  const parts = [quoted(field.dbName ?? field.name), columnType(datamodel, field)]
  parts.push(field.isRequired ? 'NOT NULL' : 'NULL')
  const fallback = defaultSql(field)
  if (fallback !== undefined) parts.push(fallback)
  return parts.join(' ')
}

function columnType(datamodel, field) {
  if (field.kind === 'enum') {
    const { values } = datamodel.enums.find(({ name }) => name === field.type)
    return `ENUM(${values.map(({ name, dbName }) => text(dbName ?? name)).join(', ')})`
  }
  if (field.nativeType) {
    const [name, args] = field.nativeType
    const unsigned = /^Unsigned/.test(name) ? ' UNSIGNED' : ''
    const base = name.replace(/^Unsigned/, '').toUpperCase()
    return `${base}${args.length > 0 ? `(${args.join(', ')})` : ''}${unsigned}`
  }
  const type = standingTypes[field.type]
  if (type === undefined) throw new Error(`${field.name}: no column type for ${field.type}`)
  return type
}

/** What the database itself fills in; the rest of the defaults is the client's. */
function defaultSql({ name, type, default: value }) {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'object') {
    if (value.name === 'autoincrement') return 'AUTO_INCREMENT'
    if (value.name === 'now') return 'DEFAULT CURRENT_TIMESTAMP(3)'
    if (['uuid', 'cuid', 'nanoid', 'ulid'].includes(value.name)) return undefined
    throw new Error(`${name}: no default for ${JSON.stringify(value)}`)
  }
  if (typeof value === 'boolean') return `DEFAULT ${value}`
  if (typeof value === 'number' || ['BigInt', 'Decimal'].includes(type)) return `DEFAULT ${value}`
  if (typeof value === 'string' && type === 'Bytes') return `DEFAULT X'${Buffer.from(value, 'base64').toString('hex')}'`
  if (typeof value === 'string') return `DEFAULT ${text(value)}`
  throw new Error(`${name}: no default for ${JSON.stringify(value)}`)
}

function keySql(model, { type, name, dbName, fields }) {
  const columns = fields.map((field) => columnOf(model, field.name))
  const list = fields.map(({ length }, i) => quoted(columns[i]) + (length ? `(${length})` : '')).join(', ')
  if (type === 'id') return `PRIMARY KEY (${list})`
  if (type === 'fulltext') throw new Error(`${model.name}: full-text indexes are not known here`)
  const standing = [tableOf(model), ...columns, type === 'unique' ? 'key' : 'idx'].join('_')
  return `${type === 'unique' ? 'UNIQUE INDEX' : 'INDEX'} ${quoted(dbName ?? name ?? standing)} (${list})`
}

function modelForeignKeys(datamodel, model) {
  return model.fields
    .filter(({ kind, relationFromFields }) => kind === 'object' && relationFromFields?.length > 0)
    .map((relation) => {
      const target = datamodel.models.find(({ name }) => name === relation.type)
      const from = relation.relationFromFields.map((field) => columnOf(model, field))
      const to = relation.relationToFields.map((field) => columnOf(target, field))
      const optional = relation.relationFromFields.every(
        (name) => !model.fields.find((field) => field.name === name).isRequired,
      )
      return foreignKey({
        name: [tableOf(model), ...from, 'fkey'].join('_'),
        from,
        target: tableOf(target),
        to,
        onDelete: actions[relation.relationOnDelete ?? (optional ? 'SetNull' : 'Restrict')],
        onUpdate: actions[relation.relationOnUpdate ?? 'Cascade'],
      })
    })
}

const actions = { Cascade: 'CASCADE', Restrict: 'RESTRICT', NoAction: 'NO ACTION', SetNull: 'SET NULL' }

function foreignKey({ name, from, target, to, onDelete, onUpdate }) {
  const list = (names) => names.map(quoted).join(', ')
  const key = `CONSTRAINT ${quoted(name)} FOREIGN KEY (${list(from)})`
  return `${key} REFERENCES ${quoted(target)} (${list(to)}) ON DELETE ${onDelete} ON UPDATE ${onUpdate}`
}

/** The tables that Prisma keeps for many-to-many relations without a model: `_<relation>`, with the columns A and B. */
function manyToMany(datamodel) {
  const relations = new Map()
  for (const model of datamodel.models) {
    for (const field of model.fields) {
      if (field.kind !== 'object' || !field.isList || isReferred(datamodel, model, field)) continue
      const sides = relations.get(field.relationName) ?? []
      relations.set(field.relationName, [...sides, { model, field }])
    }
  }
  return [...relations].map(([name, sides]) => {
    // A is the model whose name comes first; of two fields of one model, the field's.
    const [a, b] = sides.sort((x, y) => order(x.model.name, y.model.name) || order(x.field.name, y.field.name))
    const columns = [a, b].map((side, i) => `${quoted('AB'[i])} ${columnType(datamodel, idOf(side.model))} NOT NULL`)
    const keys = [
      `UNIQUE INDEX ${quoted(`_${name}_AB_unique`)} (\`A\`, \`B\`)`,
      `INDEX ${quoted(`_${name}_B_index`)} (\`B\`)`,
    ]
    const foreignKeys = [a, b].map(({ model }, i) =>
      foreignKey({
        name: `_${name}_${'AB'[i]}_fkey`,
        from: ['AB'[i]],
        target: tableOf(model),
        to: [columnOf(model, idOf(model).name)],
        onDelete: 'CASCADE',
        onUpdate: 'CASCADE',
      }),
    )
    return createTable(`_${name}`, [...columns, ...keys, ...foreignKeys])
  })
}

/** Whether the other side of a list holds a foreign key: then it is one-to-many. */
function isReferred(datamodel, model, field) {
  const other = datamodel.models.find(({ name }) => name === field.type)
  return other.fields.some(
    (back) =>
      back.relationName === field.relationName && back.type === model.name && back.relationFromFields?.length > 0,
  )
}

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0)
const idOf = (model) => model.fields.find(({ isId }) => isId)
const tableOf = (model) => model.dbName ?? model.name
const text = (value) => `'${value.replaceAll("'", "''")}'`

function columnOf(model, fieldName) {
  const field = model.fields.find(({ name }) => name === fieldName)
  return field.dbName ?? field.name
}

function quoted(name) {
  return `\`${name.replaceAll('`', '``')}\``
}
