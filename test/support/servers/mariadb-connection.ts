import type { ConnectionConfig } from 'mariadb'

/** The parts of `mariadb://user:password@host:port/database`, or of the same with `mysql:`. */
export function connectionOf(url: string): ConnectionConfig {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    host: hostname,
    port: port === '' ? 3306 : Number(port),
    // The usual second is short on a busy machine.
    connectTimeout: 30_000,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ...(pathname.length > 1 && { database: decodeURIComponent(pathname.slice(1)) }),
  }
}
