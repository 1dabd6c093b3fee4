declare module 'libsodium' {
  type Sodium = import('./sodium.js').Sodium
  /** The Emscripten module factory of the raw library; its CommonJS build is an instance. */
  const libsodium:
    | ((options: { getRandomValue: () => number }) => Promise<Sodium>)
    | (Sodium & { ready: Promise<unknown> })
  export default libsodium
}
