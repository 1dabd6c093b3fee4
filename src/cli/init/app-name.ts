/** Why this cannot be the option `app` and part of an alias in KMS, or `undefined`. */
export function appFault(name: string): string | undefined {
  return /^[a-z0-9][a-z0-9_-]{0,40}$/i.test(name) ? undefined : 'Use letters, digits, - and _: at most 41.'
}
