import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { censusPage } from '../../src/cli/census/html/page.js'
import { censusReport, valuesGroup } from '../support/census-report.js'
import { findChromium } from '../support/chromium.js'

const executablePath = findChromium()
const HOSTILE = '<img src=x onerror="document.title=1">'

const report = censusReport([
  valuesGroup({ values: 1_200 }),
  valuesGroup({ values: 300, current: false }),
  valuesGroup({ field: 'ssn', state: 'plaintext', tenant: HOSTILE, values: 7 }),
  valuesGroup({ field: 'ssn', state: 'unreadable', tenant: `${'long '.repeat(60)}tenant`, values: 1 }),
  valuesGroup({ field: 'ssn', tenant: 'x'.repeat(400), key: 'missing', placement: 'table', values: 2 }),
])

describe.skipIf(executablePath === undefined)('the page of a census, in a browser', { timeout: 60_000 }, () => {
  let folder: string
  let browser: Browser
  let page: Page
  const complaints: string[] = []
  const requests: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'census-page-'))
    const file = join(folder, 'census.html')
    await writeFile(file, censusPage(report))
    browser = await puppeteer.launch({
      ...(executablePath !== undefined && { executablePath }),
      // As root, in a container, and where /dev/shm is small.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    })
    page = await browser.newPage()
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(pathToFileURL(file).href)
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('loads nothing else, runs nothing, and is not complained about', async () => {
    expect(requests).toEqual([page.url()])
    expect(complaints).toEqual([])
    expect(await page.title()).toContain('census')
    expect(await page.$('img')).toBeNull()
    expect(await page.$eval('body', (body) => body.innerText)).toContain(HOSTILE)
  })

  test('draws a bar for every part of every chart, none of them invisible or outside of its picture', async () => {
    const charts = await page.$$eval('svg', (pictures) =>
      pictures.map((picture) => {
        const frame = picture.getBoundingClientRect()
        return [...picture.querySelectorAll('rect')].map((bar) => {
          const { left, right, width, height } = bar.getBoundingClientRect()
          return {
            isVisible: width >= 1 && height >= 1 && left >= frame.left && right <= frame.right + 0.5,
            colour: bar.ownerDocument.defaultView?.getComputedStyle(bar).fill,
            width,
          }
        })
      }),
    )
    expect(charts).toHaveLength(3)
    for (const bars of charts) {
      expect(bars.length).toBeGreaterThan(1)
      expect(bars.filter(({ isVisible }) => !isVisible)).toEqual([])
    }
    // The style is allowed by its digest: without it all would be black.
    expect(new Set(charts.flat().map(({ colour }) => colour)).size).toBeGreaterThanOrEqual(4)
    const [fields = []] = charts
    expect(fields[0]?.width).toBeGreaterThan((fields[1]?.width ?? 0) * 3)
  })

  test.each([
    ['a telephone', 360, 'light'],
    ['a laptop', 1280, 'light'],
    ['at night', 1280, 'dark'],
  ] as const)('can be read on %s', async (_, width, scheme) => {
    await page.setViewport({ width, height: 800 })
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    const seen = await page.$eval('body', (body) => {
      const { scrollWidth = 0, clientWidth = 0 } = body.parentElement ?? {}
      const { color = '', backgroundColor = '' } = body.ownerDocument.defaultView?.getComputedStyle(body) ?? {}
      return { overflow: scrollWidth - clientWidth, color, backgroundColor }
    })
    expect(seen.overflow).toBe(0)
    expect(contrast(seen.color, seen.backgroundColor)).toBeGreaterThan(7)
  })

  test('each chart opens as a table', async () => {
    const heights = await page.$$eval('figure details', (all) =>
      all.map((one) => {
        one.querySelector('summary')?.click()
        return one.querySelector('table')?.getBoundingClientRect().height ?? 0
      }),
    )
    expect(heights).toHaveLength(3)
    for (const height of heights) expect(height).toBeGreaterThan(20)
  })
})

/** By WCAG 2.2, "contrast ratio". */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const share = Number(part) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
