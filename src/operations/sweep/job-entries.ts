/** One thing that a job keeps in the database. */
export interface JobEntry {
  /** 16 bytes in hexadecimal. */
  readonly id: string
  /** For people to read: which job's it is. */
  readonly job: string
  readonly state: Uint8Array
}

/** The model where jobs keep what they know. What lies above implements it, and hands it in. */
export interface JobEntries {
  find(id: string): Promise<Uint8Array | undefined>
  /** Whether it was stored: not if there is one already. */
  insert(entry: JobEntry): Promise<boolean>
  /** Whether it was replaced: only if it is as it was, or whatever it is where that is left out. */
  replace(entry: JobEntry, before?: Uint8Array): Promise<boolean>
  /** Removes what a job keeps, as far as it is ours: two applications may have jobs of one name. */
  removeAll(job: string, isOurs: (id: string, state: Uint8Array) => boolean): Promise<void>
}
