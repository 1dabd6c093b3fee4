import { expect, test } from 'vitest'
import { anotherClient, arnOf, tagOf, wrappingOf } from '../support/rotation.js'
import { openStage } from '../support/stage.js'

const stage = await openStage()
const { acme, kms, stored } = stage
const OLD = 'alias/tenant/acme'
const NEXT = 'alias/tenant/acme-next'
const { arn: next } = await kms.createKey({ alias: NEXT })
const old = await arnOf(stage, OLD)

test('a process of the first deployment rewraps back what it reads, unless it rewraps nothing; the census shows it', async () => {
  const { id } = await acme.patient.create({ data: { email: 'a@example.com' }, select: { id: true } })
  const tag = async () => wrappingOf(await stored('patients', 'email_sealed', id)).cmk
  const second = anotherClient(stage, { current: NEXT, previous: [OLD] }, { rewrap: 'off' })
  const rewrap = () => second.prisma.$encryption.rewrap({ models: ['Patient'] })
  const first = { current: OLD, previous: [NEXT] }
  const cautious = anotherClient(stage, first, { rewrap: 'off' })
  const left = anotherClient(stage, first)

  expect(await rewrap()).toMatchObject({ changed: 1 })
  await cautious.acme.patient.findMany()
  await cautious.idle()
  expect(await tag()).toBe(tagOf(next))

  await left.acme.patient.findMany()
  await left.idle()
  expect(await tag()).toBe(tagOf(old))
  const census = await second.prisma.$encryption.census({ models: ['Patient'] })
  expect(JSON.stringify(census)).toContain(OLD)
  expect(await rewrap()).toMatchObject({ changed: 1 })
  expect(await tag()).toBe(tagOf(next))
  expect(await rewrap()).toMatchObject({ changed: 0 })
  for (const client of [second, cautious, left]) await client.close()
})
