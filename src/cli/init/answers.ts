/** What `init` cannot see in the project. */
export interface Answers {
  /** The option `app`: part of every data key's encryption context, and never changed. */
  readonly app: string
  readonly kms: 'aws' | 'local'
  /** AWS's. */
  readonly region: string
  /** Whether data keys are kept in a table of the database. */
  readonly keys: boolean
}
