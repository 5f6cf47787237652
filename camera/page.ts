import { type Browser, type Page, TimeoutError } from 'puppeteer-core'
import { noPicture, type Picture, type Shot } from './shot.ts'

const LOAD_LIMIT_MS = 10_000
/** A page that goes on loading is pictured as far as it has come. */
const SETTLE_LIMIT_MS = 2_000
const SETTLED_AFTER_MS = 500
/** Where the browser is before an answer has come. */
const NOWHERE = 'about:blank'
/** Its own words about a page that it could not open. */
const ERROR_PAGE = /^chrome-error:/
const SILENT = `The browser had no answer within ${LOAD_LIMIT_MS / 1_000} s`
const USER_AGENT = 'Pharos/0.1 (screenshot)'

/** Opens the address as a visitor would who has never been there, and pictures what is seen without scrolling. */
export async function picture(browser: Browser, shot: Shot): Promise<Picture> {
  const page = await browser.newPage()
  page.on('dialog', (dialog) => void dialog.dismiss().catch(() => {}))
  await page.authenticate(shot.proxy)
  const agent = await browser.userAgent()
  await page.setUserAgent({ userAgent: `${agent.replace('Headless', '')} ${USER_AGENT}` })
  const trouble = await open(page, shot.url)
  if (trouble) return noPicture(trouble)
  await page
    .waitForNetworkIdle({ idleTime: SETTLED_AFTER_MS, timeout: SETTLE_LIMIT_MS })
    .catch(() => {})
  if (ERROR_PAGE.test(page.url())) return noPicture('The page led on to what could not be opened')
  return { ok: true, png: await page.screenshot({ type: 'png' }) }
}

async function open(page: Page, url: string): Promise<string | null> {
  try {
    await page.goto(url, { waitUntil: 'load', timeout: LOAD_LIMIT_MS })
    return null
  } catch (error) {
    if (error instanceof TimeoutError) return page.url() === NOWHERE ? SILENT : null
    const [, code = 'it did not load'] = /net::(\w+)/.exec(String(error)) ?? []
    return `The browser could not open the page: ${code}`
  }
}
