import { setTimeout as sleep } from 'node:timers/promises'
import type { DatabaseServer } from './server.js'

const named = process.env.TEST_POSTGRES_IMAGE
const image = named ?? 'postgres:17-alpine'
const password = 'prisma-envelope'

/**
 * A server in a container, or `undefined` where no Docker engine answers in time or it lacks the image. Where
 * `TEST_POSTGRES_IMAGE` names one, that is an error: who names an image wants the tests run in it.
 */
export async function startPostgresContainer(): Promise<DatabaseServer | undefined> {
  // Testcontainers' own reaper is a second image that may not be there; `stop` removes the container.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'
  const { GenericContainer, getContainerRuntimeClient, ImageName } = await import('testcontainers')

  const engineHasImage = async () => {
    const client = await getContainerRuntimeClient()
    return client.image.exists(ImageName.fromString(image))
  }
  // Nothing is pulled: a test run must not depend on an image registry.
  const patienceMs = named === undefined ? 5_000 : 30_000
  const answer = await Promise.race([engineHasImage().catch(() => false), sleep(patienceMs, false, { ref: false })])
  if (!answer && named !== undefined) throw new Error(`No Docker engine that has the image ${named} answers`)
  if (!answer) return undefined

  const container = await new GenericContainer(image)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withExposedPorts(5432)
    .withTmpFs({ '/var/lib/postgresql/data': 'rw' })
    .start()
  return {
    url: `postgresql://postgres:${password}@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
    stop: async () => {
      await container.stop()
    },
  }
}
