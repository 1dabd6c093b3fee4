import { describe, expect, it } from 'vitest'
import { Evictions } from '../../../src/keys/opening/evictions.js'

describe('evictions', () => {
  it('change the state of the evicted tenant, and of no other', () => {
    const evictions = new Evictions()
    const before = [evictions.of('acme'), evictions.of('globex')]
    evictions.note('acme')
    expect(evictions.of('acme')).not.toBe(before[0])
    expect(evictions.of('globex')).toBe(before[1])
  })

  it('tell two evictions of one tenant apart', () => {
    const evictions = new Evictions()
    evictions.note('acme')
    const first = evictions.of('acme')
    evictions.note('acme')
    expect(evictions.of('acme')).not.toBe(first)
  })

  it('are not lost for a tenant that is no longer remembered', () => {
    const evictions = new Evictions(2)
    const before = evictions.of('acme')
    for (const tenant of ['acme', 'globex', 'initech', 'umbrella']) evictions.note(tenant)
    expect(evictions.of('acme')).not.toBe(before)
  })
})
