import type { Server } from '../database.js'
import { PrismaClient } from '../generated/prisma/client.js'
import { awsEncryptionSdk } from './aws-encryption-sdk.js'
import { PLACEMENTS, type Placement } from './names.js'
import { before, envelopeLength, type OurOptions, ourSubjects, ours } from './ours.js'
import { emptyExtension, floor, plain } from './plain.js'
import { prismaFieldEncryption } from './prisma-field-encryption.js'
import { prepareSubject, type Subject, type SubjectPlan } from './subject.js'

export { bytesPerValue, type Subject } from './subject.js'

export interface Subjects {
  /** The plain client first. */
  readonly subjects: readonly Subject[]
  /** A line for each that cannot be measured here. */
  readonly leftOut: readonly string[]
  close(): Promise<void>
}

export interface Chosen {
  readonly peers: boolean
  /** Another checkout. With it there are the plain client, this code and that of the checkout, nothing else. */
  readonly against?: string | undefined
}

export async function prepareSubjects(server: Server, { peers, against }: Chosen): Promise<Subjects> {
  const subjects: Subject[] = []
  const leftOut: string[] = []
  const close = async () => {
    for (const subject of subjects) await subject.close()
  }
  const add = async (plan: SubjectPlan) => {
    subjects.push(await prepareSubject(plan, server))
  }
  const addIfAny = (name: string, plan: () => Promise<SubjectPlan>) =>
    plan()
      .then(add)
      .catch((error) => leftOut.push(`${name} is left out: ${firstLine(error)}`))

  const addOurs = async (all: readonly OurOptions[]) => {
    for (const options of all) {
      // Only the accelerator may be missing: all else has to work.
      if (options.native) await addIfAny(options.name, () => ours(options))
      else await add(await ours(options))
    }
  }

  try {
    await add(plain)
    if (against === undefined) {
      await add(emptyExtension)
      for (const placement of PLACEMENTS) await add(floor(placement, await lengthOfEnvelopes(server, placement)))
    }
    await addOurs(ourSubjects)
    if (against !== undefined) await addOurs(await before(against))
    else if (peers) {
      await addIfAny('prisma-field-encryption', prismaFieldEncryption)
      await addIfAny('@aws-crypto/client-node', awsEncryptionSdk)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { subjects, leftOut, close }
}

async function lengthOfEnvelopes(server: Server, placement: Placement): Promise<number> {
  const database = await server.open('length')
  const client = new PrismaClient({ adapter: database.adapter() })
  try {
    return await envelopeLength(client, placement)
  } finally {
    await client.$disconnect()
    await database.close()
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? ''
}
