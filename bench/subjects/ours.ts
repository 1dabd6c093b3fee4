import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SuiteName } from '../../src/envelope/suites/suite.js'
import { encryptedModels } from '../generated/encryption/index.js'
import { PrismaClient } from '../generated/prisma/client.js'
import { ROWS, TENANT, tenantAt } from '../rows.js'
import { hasLoadedAccelerator, type LoadedLibrary, loadLibrary } from './library.js'
import { BEFORE, CIPHERS, type Cipher, MANY, ourName, PLACEMENTS, type Placement } from './names.js'
import type { SubjectPlan } from './subject.js'

export interface OurOptions {
  readonly name: string
  readonly suite: SuiteName
  /** Names the copy of the built package. */
  readonly copy: string
  readonly native: boolean
  readonly placement: Placement
  /** Whether each row has another tenant. */
  readonly manyTenants?: boolean
  /** Another checkout that the code, its model map and its client are taken from. */
  readonly checkout?: string
}

const ciphers: Readonly<Record<Cipher, Pick<OurOptions, 'suite' | 'copy' | 'native'>>> = {
  'aes-256-gcm, accelerator': { suite: 'aes-256-gcm', copy: 'accelerator', native: true },
  'xchacha20-poly1305, wasm': { suite: 'xchacha20-poly1305', copy: 'xchacha20-poly1305', native: false },
  'aes-256-gcm, node:crypto': { suite: 'aes-256-gcm', copy: 'node-crypto', native: false },
}

function inPlacement(placement: Placement): OurOptions[] {
  return CIPHERS.map((cipher) => {
    const options = ciphers[cipher]
    return { ...options, name: ourName(cipher, placement), copy: `${options.copy}-${placement}`, placement }
  })
}

const each = PLACEMENTS.flatMap(inPlacement)

export const ourSubjects: readonly OurOptions[] = [
  ...each,
  ...each.slice(0, 1).map((one) => ({
    ...one,
    name: `${one.name}${MANY}`,
    copy: `${one.copy}-many`,
    manyTenants: true,
  })),
]

/** The same subjects as they are in another checkout, which may know no key table. */
export async function before(checkout: string): Promise<OurOptions[]> {
  const { models } = await generatedIn(checkout)
  return each
    .filter(({ placement }) => placement === 'inline' || 'keyTable' in models)
    .map((subject) => ({
      ...subject,
      name: `${BEFORE}${subject.name}`,
      copy: `before-${subject.copy}`,
      checkout,
    }))
}

/** This library as its README has it used: a client bound to the tenant, and no options but where its keys are. */
export async function ours(options: OurOptions): Promise<SubjectPlan> {
  const { name, copy, native, manyTenants = false, checkout } = options
  const library = await loadLibrary(copy, { native, checkout })
  const { models, Client } = await generatedIn(checkout)
  return {
    name,
    encrypts: true,
    searchColumn: 'emailIndex',
    bound: !manyTenants,
    Client,
    knowsSteps: !manyTenants && Object.hasOwn(models.models, 'Page'),
    async extend(plain) {
      const prisma = plain.$extends(await encryption(library, options, models))
      // Makes a key, and with it loads whatever the suite needs.
      await prisma.$encryption.seal('Patient', 'email', 'a text', { tenant: TENANT })
      if (native !== hasLoadedAccelerator(copy)) {
        throw new Error(native ? 'the accelerator does not load here' : 'the accelerator was loaded, but not asked for')
      }
      if (!manyTenants) {
        return { client: prisma.$forTenant(TENANT), forgetKeys: () => prisma.$encryption.evict(TENANT) }
      }
      // One after another: a single call that needs a thousand keys can wait for KMS longer than a call may.
      for (let at = 0; at < ROWS; at++)
        await prisma.$encryption.seal('Patient', 'email', 'a text', { tenant: tenantAt(at) })
      return { client: prisma, tenants: Array.from({ length: ROWS }, (_, at) => prisma.$forTenant(tenantAt(at))) }
    },
  }
}

/** How long what is stored of a text of 20 characters is, in characters. */
export async function envelopeLength(plain: SealingClient, placement: Placement): Promise<number> {
  const library = await loadLibrary(`control-${placement}`, { native: false })
  const prisma = plain.$extends(await encryption(library, { suite: 'aes-256-gcm', placement }))
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

async function encryption(
  { fieldEncryption, localKms }: LoadedLibrary,
  { suite, placement, manyTenants = false }: Pick<OurOptions, 'suite' | 'placement' | 'manyTenants'>,
  models = encryptedModels,
) {
  const kms = localKms()
  const served = Array.from({ length: manyTenants ? ROWS : 1 }, (_, at) => tenantAt(at))
  for (const tenant of served) await kms.createKey({ alias: `alias/bench/${tenant}` })
  await kms.createKey({ alias: 'alias/bench/index', spec: 'HMAC_256' })
  return fieldEncryption({
    models,
    app: 'bench',
    kms: kms.provider,
    cmk: (tenant) => `alias/bench/${tenant}`,
    indexCmk: 'alias/bench/index',
    suite,
    // Code from before key tables does not know the option.
    ...('keyTable' in models && { dataKeys: { store: placement } }),
  })
}
