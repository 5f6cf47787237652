import { once } from 'node:events'
import { startBrowser, type Started } from './browser.ts'
import { picture } from './page.ts'
import { noPicture, type Picture, type Shot } from './shot.ts'

const NO_SANDBOX = /no usable sandbox|sandbox.*(not permitted|failed)|running as root without/i

/**
 * A process of its own that takes one picture and ends. It leads a group of which the browser is part:
 * whoever ends the group leaves nothing behind, and it does so itself when its parent is gone.
 */
process.once('disconnect', () => process.kill(0, 'SIGKILL'))
const [shot] = (await once(process, 'message')) as [Shot]
process.send?.(await take(shot))

async function take(shot: Shot): Promise<Picture> {
  const started = startBrowser(shot)
  const failed = started.ended.then(() => noPicture(whyEnded(started)))
  const taken = started.browser.then((browser) => picture(browser, shot))
  return Promise.race([taken, failed]).catch(() => failed)
}

function whyEnded({ complaint }: Started): string {
  if (NO_SANDBOX.test(complaint())) {
    return 'This machine gives the browser no sandbox, and without one no page is opened: it needs user namespaces'
  }
  if (/ENOENT|EACCES/.test(complaint())) {
    return 'The browser is not there, or not open to the user it runs as'
  }
  return 'The browser ended before there was a picture'
}
