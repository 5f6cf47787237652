import chromium from '@sparticuz/chromium'

/** Run with TMPDIR: there the browser goes. */
await chromium.executablePath()
