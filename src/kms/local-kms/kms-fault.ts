/** An error that KMS answers with: the name goes into `__type`, the message into `message`. */
export class KmsFault extends Error {
  readonly status: number

  /** @param message empty where AWS sends none. It never quotes a plaintext, a ciphertext or a key. */
  constructor(name: string, message = '', status = 400) {
    super(message)
    this.name = name
    this.status = status
  }
}

/** AWS's wording for a parameter that breaks its model. */
export function invalidParameter(parameter: string, constraint: string, value = 'null'): KmsFault {
  const at = parameter.charAt(0).toLowerCase() + parameter.slice(1)
  return new KmsFault(
    'ValidationException',
    `1 validation error detected: Value ${value} at '${at}' failed to satisfy constraint: ${constraint}`,
  )
}
