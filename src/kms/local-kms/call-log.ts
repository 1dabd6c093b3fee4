/**
 * The calls that the embedded KMS answered, as CloudTrail would show them: never a plaintext, a ciphertext or a MAC.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
 */
export interface CallLogEntry {
  /** ISO 8601. */
  readonly eventTime: string
  /** The operation, such as `GenerateDataKey`. */
  readonly eventName: string
  /** As in the response's metadata. */
  readonly requestId: string
  /** The key that did the work, or that the request named; of ReEncrypt, the destination. */
  readonly keyArn?: string
  /** The key material that did the work: 64 hexadecimal digits. */
  readonly keyMaterialId?: string
  /** Of ReEncrypt, the destination's. */
  readonly encryptionContext?: Readonly<Record<string, string>>
  /** Of ReEncrypt only. */
  readonly sourceKeyArn?: string
  /** Absent when the call succeeded. */
  readonly errorCode?: string
}

/** What the embedded KMS was asked, and how often. */
export interface CallLog {
  /** The latest calls, oldest first; as many as the log keeps. */
  readonly entries: readonly CallLogEntry[]
  /** Exactly how many calls there were since the start or {@link reset}, failed ones and the SDK's retries included. */
  count(operation?: string): number
  /** Forgets all entries and counts. */
  reset(): void
}

export interface CallRecorder extends CallLog {
  record(entry: CallLogEntry): void
}

/** @param capacity how many entries are kept; counts are exact beyond it. */
export function createCallLog(capacity: number): CallRecorder {
  let entries: CallLogEntry[] = []
  const counts = new Map<string, number>()
  let total = 0
  return {
    get entries() {
      return entries.slice(-capacity)
    },
    count: (operation) => (operation === undefined ? total : (counts.get(operation) ?? 0)),
    reset() {
      entries = []
      counts.clear()
      total = 0
    },
    record(entry) {
      entries.push(entry)
      // Trimmed in strides: shifting on every call would make each one cost as much as the log is long.
      if (entries.length >= 2 * capacity) entries = entries.slice(-capacity)
      total++
      counts.set(entry.eventName, (counts.get(entry.eventName) ?? 0) + 1)
    },
  }
}
