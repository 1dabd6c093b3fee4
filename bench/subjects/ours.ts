import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SuiteName } from '../../src/envelope/suites/suite.js'
import { encryptedModels } from '../generated/encryption/index.js'
import { PrismaClient } from '../generated/prisma/client.js'
import { TENANT } from '../rows.js'
import { BEFORE } from './before.js'
import { hasLoadedAccelerator, type LoadedLibrary, loadLibrary } from './library.js'
import type { SubjectPlan } from './subject.js'

export interface OurOptions {
  readonly name: string
  readonly suite: SuiteName
  /** Names the copy of the built package. */
  readonly copy: string
  readonly native: boolean
  /** Another checkout that the code, its model map and its client are taken from. */
  readonly checkout?: string
}

export const accelerated: OurOptions = {
  name: 'aes-256-gcm, accelerator',
  suite: 'aes-256-gcm',
  copy: 'accelerator',
  native: true,
}

export const ourSubjects: readonly OurOptions[] = [
  accelerated,
  { name: 'xchacha20-poly1305', suite: 'xchacha20-poly1305', copy: 'xchacha20-poly1305', native: false },
  { name: 'aes-256-gcm, node:crypto', suite: 'aes-256-gcm', copy: 'node-crypto', native: false },
]

/** The same subjects as they are in another checkout. */
export function before(checkout: string): OurOptions[] {
  return ourSubjects.map((subject) => ({
    ...subject,
    name: `${BEFORE}${subject.name}`,
    copy: `before-${subject.copy}`,
    checkout,
  }))
}

/** This library as its README has it used: a client bound to the tenant, keys inline, all options at their defaults. */
export async function ours({ name, suite, copy, native, checkout }: OurOptions): Promise<SubjectPlan> {
  const library = await loadLibrary(copy, { native, checkout })
  const { models, Client } = await generatedIn(checkout)
  return {
    name,
    encrypts: true,
    searchColumn: 'emailIndex',
    bound: true,
    Client,
    knowsSteps: Object.hasOwn(models.models, 'Page'),
    async extend(plain) {
      const prisma = plain.$extends(await encryption(library, suite, models))
      // Makes a key, and with it loads whatever the suite needs.
      await prisma.$encryption.seal('Patient', 'email', 'a text', { tenant: TENANT })
      if (native !== hasLoadedAccelerator(copy)) {
        throw new Error(native ? 'the accelerator does not load here' : 'the accelerator was loaded, but not asked for')
      }
      return { client: prisma.$forTenant(TENANT), forgetKeys: () => prisma.$encryption.evict(TENANT) }
    },
  }
}

/** How long what is stored of a text of 20 characters is, in characters. */
export async function envelopeLength(plain: SealingClient): Promise<number> {
  const library = await loadLibrary('control', { native: false })
  const prisma = plain.$extends(await encryption(library, 'aes-256-gcm'))
  const stored = await prisma.$encryption.seal('Patient', 'email', 'x'.repeat(20), { tenant: TENANT })
  return stored?.length ?? 0
}

type SealingClient = Parameters<SubjectPlan['extend']>[0]

interface Generated {
  readonly models: typeof encryptedModels
  readonly Client: typeof PrismaClient
}

/** Each version of the code knows the model map that its own generator makes, and refuses it for a client of another schema. */
async function generatedIn(checkout: string | undefined): Promise<Generated> {
  if (checkout === undefined) return { models: encryptedModels, Client: PrismaClient }
  const load = (...path: string[]) => import(pathToFileURL(join(checkout, 'bench', 'generated', ...path)).href)
  const [{ encryptedModels: models }, { PrismaClient: Client }] = await Promise.all([
    load('encryption', 'index.ts'),
    load('prisma', 'client.ts'),
  ])
  return { models, Client }
}

async function encryption({ fieldEncryption, localKms }: LoadedLibrary, suite: SuiteName, models = encryptedModels) {
  const kms = localKms()
  await kms.createKey({ alias: 'alias/bench/acme' })
  await kms.createKey({ alias: 'alias/bench/index', spec: 'HMAC_256' })
  return fieldEncryption({
    models,
    app: 'bench',
    kms: kms.provider,
    cmk: (tenant) => `alias/bench/${tenant}`,
    indexCmk: 'alias/bench/index',
    suite,
  })
}
