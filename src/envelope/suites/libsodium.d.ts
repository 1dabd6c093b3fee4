declare module 'libsodium' {
  /** The Emscripten module factory of the raw library. */
  const factory: () => Promise<import('./sodium.js').Sodium>
  export default factory
}
