import { type LoadedConfig, loadConfig } from './load-config.js'

/** Runs `work` with the configured client, and disconnects it whatever happens. */
export async function withClient<T>(
  cwd: string,
  file: string | undefined,
  work: (config: LoadedConfig) => Promise<T>,
): Promise<T> {
  const config = await loadConfig(cwd, file)
  try {
    return await work(config)
  } finally {
    config.client.$encryption.close()
    await config.client.$disconnect()
  }
}
