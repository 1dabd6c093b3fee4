import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { censusPage } from '../../src/cli/census/html/page.js'
import { valuesGroup as group, censusReport as report } from '../support/census-report.js'

/** Elements that are opened must be closed, in their order, but for those that have no end. */
function unbalanced(html: string): string[] {
  const open: string[] = []
  for (const [, slash, name = ''] of html
    .replace(/<style>[\s\S]*<\/style>/, '')
    .matchAll(/<(\/?)([a-z][a-z0-9]*)\b/g)) {
    if (['meta', 'br'].includes(name)) continue
    if (slash === '') open.push(name)
    else if (open.pop() !== name) return [...open, `/${name}`]
  }
  return open
}

describe('the page of a census', () => {
  const hostile = '<script>alert(1)</script>"\'&\u001b[31m'

  it('runs nothing, loads nothing, and escapes what comes from the database', () => {
    const page = censusPage(
      report(
        [group({ tenant: hostile, configured: hostile }), group({ model: hostile, field: hostile, tenant: 'b' })],
        {
          keyTable: [{ tenant: hostile, state: 'active', dataKeys: 3, cmkTag: 'KUVKxebJ' }],
        },
      ),
    )
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;�[31m')
    expect(page).not.toMatch(/<script|javascript:|\son[a-z]+=|\ssrc=|\shref=|url\(|@import/i)
    expect(page).not.toContain('\u001b')
    expect(page.match(/https?:\/\/[^"]*/g)).toBeNull()
    expect(page).toMatch(
      /Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'/,
    )
    // The one style that is allowed is the one that is there, and no attribute has another.
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(page) ?? []
    expect(page).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    expect(page).not.toMatch(/\sstyle=/)
    expect(unbalanced(page)).toEqual([])
  })

  it('has each chart as a picture with a title and a description, and as a table with the same figures', () => {
    const page = censusPage(
      report([
        group({ values: 1_200 }),
        group({ values: 300, current: false }),
        group({ field: 'ssn', state: 'plaintext', tenant: 'globex', values: 7 }),
        group({ field: 'ssn', state: 'unreadable', values: 1 }),
        group({ field: 'ssn', key: 'missing', placement: 'table', values: 2 }),
      ]),
    )
    const figures = page.match(/<figure>[\s\S]*?<\/figure>/g) ?? []
    expect(figures).toHaveLength(3)
    for (const figure of figures) {
      expect(figure).toMatch(/<svg role="img" aria-labelledby="(\w+)-title" aria-describedby="\1-text"/)
      expect(figure).toMatch(/<title>[^<]+<\/title><desc id="\w+-text">[^<]+<\/desc>/)
      expect(figure).toContain('<details><summary>As a table</summary><table>')
    }
    const [fields = '', , tenants = ''] = figures
    expect(fields).toContain('<title>Patient.email: 300 under another CMK or old key material</title>')
    expect(fields).toContain('<th scope="row">Patient.email</th><td class="n">1,200</td><td class="n">300</td>')
    expect(fields).toContain('<th scope="row">Patient.ssn</th>')
    expect(tenants.indexOf('acme')).toBeLessThan(tenants.indexOf('globex'))
    // A single value beside a thousand can be seen.
    expect(page).toMatch(/<rect class="unreadable" [^>]*width="2\.0"/)
  })

  it('sums up the smallest where there are many, and says so', () => {
    const groups = Array.from({ length: 60 }, (_, i) => group({ tenant: `tenant-${i}`, values: 100 - i }))
    const page = censusPage(report(groups))
    expect(page).toContain('>35 others<')
    expect(page.match(/<rect /g)?.length).toBe(1 + 1 + 26)
  })

  it('says where it is not all, and where there is nothing', () => {
    expect(censusPage(report([], { finished: false }))).toContain('and stopped before its end: this is not all')
    expect(censusPage(report([]))).toContain('There are no values in encrypted fields.')
  })
})
