const OPTIONS: readonly (readonly [RegExp, string])[] = [
  [/`restart: true`/g, '`--restart`'],
  [/`checkpoint`/g, '`--checkpoint`'],
  [/`models`/g, '`--model`'],
  [/`fields?`/g, '`--field`'],
  [/`since`/g, '`--since`'],
  [/`verify: false`/g, '`--no-verify`'],
  [/`placement`/g, '`--placement`'],
  [/`maxRows`/g, '`--max-rows`'],
  [/`transactionTimeout`/g, '`--transaction-timeout`'],
  [/`links: 'off'`/g, '`--links off`'],
  [/^\$encryption\.\w+: /, ''],
]

/** A message that names options as code has them, for somebody who has typed them. */
export function inOptionNames(message: string): string {
  return OPTIONS.reduce((text, [name, option]) => text.replace(name, option), message)
}
