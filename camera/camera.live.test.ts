import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { PUBLIC } from '../agent/testing/forbidden-names.ts'
import { startHttpTarget } from '../agent/testing/target.ts'
import { eventually } from '../test/eventually.ts'
import { full } from '../test/size.ts'
import { groupOf } from './memory.ts'
import { testCamera, unpackedBrowser } from './testing/camera.ts'
import { decodePng } from './testing/png.ts'

const OPEN = new AbortController().signal
const RED = '<body style="background: #a00">Down'

/** Where pictures leave what they must not leave. */
let folder: string
const temporary = process.env.TMPDIR

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pharos-camera-'))
  await chmod(folder, 0o755)
  process.env.TMPDIR = folder
})

afterAll(async () => {
  if (temporary === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = temporary
  await rm(folder, { recursive: true })
})

test('a page that fails is pictured as a visitor would see it', async () => {
  const url = await serve((_, response) => response.writeHead(500, HTML).end(RED))
  const picture = await testCamera(PUBLIC).take({ url, verifyTls: true }, OPEN)
  if (!picture.ok) throw new Error(picture.problem)
  const { width, height, pixel } = decodePng(picture.png)
  expect([width, height]).toEqual([1280, 800])
  expect([pixel(640, 400), pixel(1270, 790)]).toEqual([
    [0xaa, 0, 0],
    [0xaa, 0, 0],
  ])
})

test('what renders it is neither root nor out of the sandbox', async () => {
  const seen = Promise.withResolvers<string[]>()
  const url = await serve(async (_, response) => {
    seen.resolve(await renderers())
    response.writeHead(200, HTML).end(RED)
  })
  await testCamera(PUBLIC).take({ url, verifyTls: true }, OPEN)
  const statuses = await seen.promise
  expect(statuses.length).toBeGreaterThan(0)
  for (const status of statuses) {
    expect(status).toMatch(/^Seccomp:\s+2$/m)
    expect(status).not.toMatch(/^Uid:\s+0\s/m)
  }
})

test('dialogs, downloads and new windows are turned down, and hold nothing up', async () => {
  const url = await serve(({ url: path }, response) => {
    if (path === '/file') response.writeHead(200, { 'content-disposition': 'attachment' }).end('x')
    else
      response.writeHead(200, HTML).end(`${RED}<iframe src="/file"></iframe>
      <script>alert(1); confirm(2); prompt(3); window.open('/'); onbeforeunload = () => 'x'</script>`)
  })
  const picture = await testCamera(PUBLIC).take({ url, verifyTls: true }, OPEN)
  if (!picture.ok) throw new Error(picture.problem)
  expect(decodePng(picture.png).pixel(1270, 790)).toEqual([0xaa, 0, 0])
})

test('where no sandbox can be had there is no picture, and the problem says so', async () => {
  const url = await serve((_, response) => response.end(RED))
  const chromium = await unpackedBrowser()
  const script = join(temporary ?? '/tmp', `pharos-no-namespaces-${process.pid}`)
  onTestFinished(() => rm(script))
  await writeFile(script, WITHOUT_NAMESPACES.replace('CHROMIUM', chromium), { mode: 0o755 })
  const picture = await testCamera(PUBLIC, script).take({ url, verifyTls: true }, OPEN)
  expect(picture).toEqual({ ok: false, problem: expect.stringContaining('no sandbox') })
})

test('a browser that is not there is a problem, not an error', async () => {
  const url = await serve((_, response) => response.end(RED))
  const picture = await testCamera(PUBLIC, '/nowhere/chromium').take({ url, verifyTls: true }, OPEN)
  expect(picture).toEqual({ ok: false, problem: expect.stringContaining('is not there') })
})

test.each([
  ['that no check may reach', 'http://127.0.0.1:9/', 'could not open'],
  ['that leads on to what no check may reach', null, 'led on to what could not be opened'],
])('of a page %s the browser’s own words are not pictured', async (_, page, problem) => {
  const away = '<script>location = "http://127.0.0.1:9/"</script>'
  const url = page ?? (await serve((_request, response) => response.writeHead(200, HTML).end(away)))
  const picture = await testCamera(PUBLIC).take({ url, verifyTls: true }, OPEN)
  expect(picture).toEqual({ ok: false, problem: expect.stringContaining(problem) })
})

test('nothing is begun once Pharos has stopped', async () => {
  const picture = await testCamera(PUBLIC, '/nowhere/chromium').take(
    { url: `http://${PUBLIC}:9/`, verifyTls: true },
    AbortSignal.abort(),
  )
  expect(picture).toEqual({ ok: false, problem: expect.stringContaining('was stopped') })
})

test('a page that never answers is left at once when Pharos stops', async () => {
  const stopping = new AbortController()
  await using target = await startHttpTarget(() => stopping.abort(), { host: PUBLIC })
  const subject = { url: target.url, verifyTls: true }
  const picture = await testCamera(PUBLIC).take(subject, stopping.signal)
  expect(picture).toEqual({ ok: false, problem: expect.stringContaining('was stopped') })
  await target.quiet()
})

test.runIf(full).each([
  ['takes all memory', 'const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1))', 'memory'],
  ['never rests', 'for (;;);', 'within 20 s'],
])('a page that %s is ended', async (_, script, problem) => {
  const url = await serve((_request, response) =>
    response.writeHead(200, HTML).end(`<script>${script}</script>`),
  )
  const picture = await testCamera(PUBLIC).take({ url, verifyTls: true }, OPEN)
  expect(picture).toEqual({ ok: false, problem: expect.stringContaining(problem) })
})

test.runIf(full)('a page that never answers gives no picture', async () => {
  const url = await serve(() => {})
  const picture = await testCamera(PUBLIC).take({ url, verifyTls: true }, OPEN)
  expect(picture).toEqual({ ok: false, problem: expect.stringContaining('no answer within 10 s') })
})

test('a Pharos that is killed leaves no browser behind, and a folder that is swept in time', async () => {
  const asked = Promise.withResolvers<void>()
  await using target = await startHttpTarget(() => asked.resolve(), { host: PUBLIC })
  const child = spawn(process.execPath, [HANGING, target.url], { env: { TMPDIR: folder } })
  await asked.promise
  child.kill('SIGKILL')
  await target.quiet()
  await eventually('no process is left', async () => (await commandsOf(folder)).length === 0)
  const [left = '', ...others] = await readdir(folder)
  expect(others).toEqual([])
  const { sweep } = testCamera(PUBLIC)
  await sweep(OPEN)
  expect(await readdir(folder)).toEqual([left])
  const longAgo = new Date(Date.now() - 90_000_000)
  await utimes(join(folder, left), longAgo, longAgo)
  await sweep(OPEN)
})

test('of all this nothing is left', async () => {
  expect(await readdir(folder)).toEqual([])
  expect(await commandsOf(folder)).toEqual([])
})

const HANGING = new URL('testing/hanging.ts', import.meta.url).pathname
const HTML = { 'content-type': 'text/html' }

/** As on a machine that grants no namespaces to users: the limit holds for this one only. */
const WITHOUT_NAMESPACES = `#!/bin/sh
exec unshare --user --map-current-user --keep-caps sh -c \\
  'echo 0 > /proc/sys/user/max_user_namespaces; exec "$0" "$@"' CHROMIUM "$@"
`

async function serve(answer: RequestListener): Promise<string> {
  const target = await startHttpTarget(answer, { host: PUBLIC })
  onTestFinished(() => target[Symbol.asyncDispose]())
  return `${target.url}/`
}

/** What the kernel says of each process that renders pages for our browser; others may have theirs. */
async function renderers(): Promise<string[]> {
  const all = await processes()
  const ours = all.filter(({ command }) => command.includes(folder)).map(({ group }) => group)
  const found = all.filter(
    ({ command, group }) => command.includes('--type=renderer') && ours.includes(group),
  )
  return found.map(({ status }) => status)
}

async function commandsOf(profiles: string): Promise<string[]> {
  const commands = (await processes()).map(({ command }) => command)
  return commands.filter((command) => command.includes(profiles))
}

async function processes(): Promise<{ command: string; status: string; group: number }[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return Promise.all(
    ids.map(async (id) => {
      const read = (name: string) => readFile(`/proc/${id}/${name}`, 'utf8').catch(() => '')
      const [command, status, stat] = await Promise.all(['cmdline', 'status', 'stat'].map(read))
      return { command: command!, status: status!, group: groupOf(stat!) }
    }),
  )
}
