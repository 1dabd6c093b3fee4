/** A database server, and how to stop it: which does nothing where we did not start it. */
export interface DatabaseServer {
  /** Of a database on it, as a user who may create databases. */
  url: string
  stop(): Promise<void>
}
