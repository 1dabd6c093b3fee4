/**
 * Adds to the models of the test schema the native types that MySQL needs: its `String` is VARCHAR(191), too short for an
 * envelope, and a `Bytes` column cannot be unique without a length. A user writes them in the schema; here the models
 * are shared with databases that do not know them.
 */
export function withMysqlTypes(psl) {
  let comment = ''
  let inKeyTable = false
  return psl
    .split('\n')
    .map((line) => {
      if (/^\s*\/\/\//.test(line)) {
        comment += line
        return line
      }
      if (/^\s*model\s/.test(line)) inKeyTable = /@encrypted\.(key|jobs)/.test(comment)
      const changed = line.replace(/^(\s+\w+\s+)(String|Bytes)(\??)(.*)$/, (whole, name, type, optional, rest) => {
        const native = rest.includes('@db.')
          ? undefined
          : inKeyTable
            ? keyTableTypes[name.trim()]
            : nativeType(type, comment + rest)
        return native === undefined ? whole : `${name}${type}${optional} @db.${native}${rest}`
      })
      comment = ''
      return changed
    })
    .join('\n')
}

/** Of the models of the key table and of the jobs, whose fields have the same names everywhere. */
const keyTableTypes = {
  id: 'Binary(16)',
  owner: 'Binary(16)',
  section: 'VarBinary(6500)',
  wrapTag: 'Binary(12)',
  cmk: 'VarChar(255)',
  tenant: 'VarChar(255)',
  job: 'VarChar(255)',
}

function nativeType(type, comment) {
  if (type === 'Bytes') return /@encrypted\.index\(/.test(comment) ? 'VarBinary(16)' : undefined
  return /@encrypted(?!\.)/.test(comment) ? 'LongText' : undefined
}
