/**
 * What the library asks of a key management service, in the words of AWS KMS.
 *
 * A provider is a thin, stateless translation: no cache, no retry of its own, no defaults. Everything above it
 * (caching, single flight, which CMK may be used) is in `keys/`. Each method rejects with an `EnvelopeKeyError`;
 * none resolves with less than its type says.
 *
 * Keys that it returns (`plaintext` of the data-key methods, `mac`) are the caller's: they are copied as soon as the promise
 * resolves, and what was returned is wiped. A key of zeros is refused, as of a provider that wiped its buffer before that.
 *
 * Each request may carry a `signal`. It is aborted when nobody waits for the answer any more: when `dataKeys.timeout` has
 * passed, or `$encryption.close()` was called. Pass it on to whatever sends the request (`fetch`, the AWS SDK's
 * `abortSignal`) and set no shorter limit than its. A provider that ignores it breaks nothing: the call fails at the same
 * moment with `ENVELOPE_KMS_UNAVAILABLE`, but the request goes on, and its answer is wiped when it comes.
 */
export interface KmsProvider {
  /** A fresh 256-bit data key under `keyId`. AWS: GenerateDataKey with `KeySpec: AES_256`. */
  generateDataKey(request: {
    keyId: string
    encryptionContext: EncryptionContext
    signal?: AbortSignal
  }): Promise<{ plaintext: Uint8Array; wrapped: WrappedDataKey }>

  /** The data key inside `blob`. KMS is told to use `keyId` and no other. AWS: Decrypt. */
  unwrapDataKey(request: {
    blob: Uint8Array
    keyId: string
    encryptionContext: EncryptionContext
    signal?: AbortSignal
  }): Promise<{ plaintext: Uint8Array; cmk: CmkVersion }>

  /** The same data key under another CMK, or under newer key material of the same one. AWS: ReEncrypt. */
  rewrapDataKey(request: {
    blob: Uint8Array
    sourceKeyId: string
    keyId: string
    encryptionContext: EncryptionContext
    signal?: AbortSignal
  }): Promise<{ wrapped: WrappedDataKey; source: CmkVersion }>

  /** What the CMK is and whether it works. AWS: DescribeKey. */
  describeKey(request: { keyId: string; signal?: AbortSignal }): Promise<CmkDescription>

  /** One short value (at most 4,096 bytes) encrypted by KMS itself. AWS: Encrypt. */
  encrypt(request: {
    plaintext: Uint8Array
    keyId: string
    encryptionContext: EncryptionContext
    signal?: AbortSignal
  }): Promise<WrappedDataKey>

  /** The value inside what {@link encrypt} returned. AWS: Decrypt. */
  decrypt(request: {
    blob: Uint8Array
    keyId: string
    encryptionContext: EncryptionContext
    signal?: AbortSignal
  }): Promise<{ plaintext: Uint8Array; cmk: CmkVersion }>

  /** HMAC-SHA-256 of `message` (at most 4,096 bytes) under an HMAC_256 key. Deterministic. AWS: GenerateMac. */
  generateMac(request: {
    keyId: string
    message: Uint8Array
    signal?: AbortSignal
  }): Promise<{ mac: Uint8Array; cmkArn: string }>

  /** Releases sockets and the like, when the provider made its client itself. */
  close?(): void
}

/** Exact, case-sensitive pairs that KMS authenticates and logs in plaintext: never personal data. */
export type EncryptionContext = Readonly<Record<string, string>>

/** Which CMK did the work, and with which key material. */
export interface CmkVersion {
  /** The full key ARN, never an alias. */
  arn: string
  /**
   * The key material id: 64 lower-case hexadecimal digits. It changes when the CMK's material is rotated; absent where
   * the service does not say, and then never counts as stale.
   */
  keyMaterialId?: string
}

/** A data key as KMS wrapped it. */
export interface WrappedDataKey {
  /** KMS's `CiphertextBlob`: 184 bytes today, of variable length by contract. */
  blob: Uint8Array
  /** The CMK that wrapped it. */
  cmk: CmkVersion
}

/** What KMS says about a CMK. AWS: DescribeKey's `KeyMetadata`. */
export interface CmkDescription {
  /** Its ARN and current key material. */
  cmk: CmkVersion
  /** AWS's `KeyState`. */
  state: string
  /** Whether it can be used. */
  enabled: boolean
  /** AWS's `KeyUsage`: ENCRYPT_DECRYPT, GENERATE_VERIFY_MAC, … */
  usage: string
  /** AWS's `KeySpec`: SYMMETRIC_DEFAULT, HMAC_256, … */
  spec: string
  /** Whether it is a multi-Region key (`mrk-…`), whose replicas are one key. */
  multiRegion: boolean
}
