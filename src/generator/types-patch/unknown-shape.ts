/** The text of a generated client does not have the expected shape. */
export class UnknownShape extends Error {
  readonly model: string
  /** What is missing, as the object of "cannot find". */
  readonly missing: string

  constructor(model: string, missing: string) {
    super(`cannot find ${missing}`)
    this.model = model
    this.missing = missing
  }
}
