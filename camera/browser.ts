import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { connect, type Browser, type ConnectionTransport } from 'puppeteer-core'
import { flagsOf, HEIGHT, WIDTH } from './flags.ts'
import type { Shot } from './shot.ts'

/** No answer of DevTools is larger: a picture of 1280 × 800 has 4 MB before it is compressed. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024
const MAX_COMPLAINT_LENGTH = 16_384

export type Started = {
  browser: Promise<Browser>
  /** What it has said on its way down. */
  complaint(): string
  ended: Promise<void>
}

/** Starts a browser that speaks DevTools over two pipes, which no page and no other process can find. */
export function startBrowser(shot: Shot): Started {
  const child = spawn(shot.browser.path, flagsOf(shot.profile, shot.proxy.port), {
    ...shot.user,
    cwd: shot.profile,
    env: environmentOf(shot),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT_LENGTH)
  })
  child.on('error', (error) => (complaint += error.message))
  const browser = connect({
    transport: transportOf(child),
    defaultViewport: { width: WIDTH, height: HEIGHT },
    acceptInsecureCerts: !shot.verifyTls,
    downloadBehavior: { policy: 'deny' },
  })
  return { browser, complaint: () => complaint, ended: ending(child) }
}

function ending(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.on('error', () => resolve()).on('close', () => resolve()))
}

/** Nothing of ours: what the environment holds is no business of a page's. */
function environmentOf({ profile, browser }: Shot): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: profile,
    TMPDIR: profile,
    ...(browser.fonts && { FONTCONFIG_PATH: browser.fonts }),
  }
}

/** Messages end with a NUL: DevTools over pipes, file descriptors 3 and 4 of the browser. */
function transportOf(child: ChildProcess): ConnectionTransport {
  const [, , , into, from] = child.stdio as [null, null, Readable, Writable, Readable]
  const transport: ConnectionTransport = {
    send: (message) => void into.write(`${message}\0`),
    close: () => void child.kill('SIGKILL'),
  }
  const chunks: Buffer[] = []
  let byteCount = 0
  from.on('data', (chunk: Buffer) => {
    byteCount += chunk.length
    if (byteCount > MAX_MESSAGE_BYTES) return void child.kill('SIGKILL')
    chunks.push(chunk)
    if (!chunk.includes(0)) return
    const messages = Buffer.concat(chunks).toString('utf8').split('\0')
    const rest = Buffer.from(messages.pop() ?? '')
    chunks.splice(0, Infinity, rest)
    byteCount = rest.length
    for (const message of messages) transport.onmessage?.(message)
  })
  into.on('error', () => {})
  from.on('error', () => {}).on('close', () => transport.onclose?.())
  return transport
}
