import { afterEach, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { openDataDir, type Pharos, startPharos } from './pharos.ts'

const started: Pharos[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((demo) => demo.end('SIGKILL')))
})

async function start(dataDir: string): Promise<Pharos> {
  const demo = await startPharos({ DATA_DIR: dataDir }, 'demo/main.ts')
  started.push(demo)
  return demo
}

test('the demo shows checks of its three targets at once, and its inbox; a second start goes on', async () => {
  await using dataDir = await openDataDir()
  const first = await start(dataDir.path)
  await eventually('each target is up', async () => {
    const found = await monitorsOf(first)
    return found.length === 3 && found.every(({ lastCheck }) => lastCheck?.outcome === 'UP')
  })
  expect((await monitorsOf(first)).map(({ name }) => name)).toEqual(['Flapping', 'Slow', 'Steady'])
  expect(await inboxOf(first)).toContain('No mail yet')
  expect(await first.end('SIGTERM')).toBe(0)

  const second = await start(dataDir.path)
  expect(await monitorsOf(second)).toHaveLength(3)
  expect(await second.end('SIGTERM')).toBe(0)
})

test('beside it the edge watches what goes up and down, as three regions, and tells what they say', async () => {
  await using dataDir = await openDataDir()
  const demo = await start(dataDir.path)
  const edge = await startPharos({ PHAROS_URL: demo.url! }, 'demo/edge.ts')
  started.push(edge)
  for (const region of ['weur', 'enam', 'apac'])
    await eventually(`${region} votes`, () =>
      new RegExp(`${region} +(UP|DOWN) +Flapping, from the edge`).test(edge.output()),
    )
  // The runtime ends with the signal, as its own tool does.
  expect(await edge.end('SIGINT')).toBe(130)
  expect(await demo.end('SIGTERM')).toBe(0)
})

test('the edge says that there is no demo', async () => {
  const edge = await startPharos({ PHAROS_URL: 'http://127.0.0.1:9' }, 'demo/edge.ts')
  expect(await edge.ended).toBe(1)
  expect(edge.output()).toContain('Start the demo beside this (npm run demo)')
})

type Shown = { name: string; lastCheck: { outcome: string } | null }

/** As a newcomer asks, with the header that the demo prints. */
async function monitorsOf(demo: Pharos): Promise<Shown[]> {
  const [, authorization = ''] = /"authorization": "(.+?)"/.exec(demo.output()) ?? []
  const response = await fetch(`${demo.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({
      query: '{ monitors(first: 20) { nodes { name lastCheck { outcome } } } }',
    }),
  })
  const { data } = (await response.json()) as { data: { monitors: { nodes: Shown[] } } }
  return data.monitors.nodes.toSorted((a, b) => a.name.localeCompare(b.name))
}

async function inboxOf(demo: Pharos): Promise<string> {
  const [, address = ''] = /Inbox +(\S+)/.exec(demo.output()) ?? []
  return (await fetch(address)).text()
}
