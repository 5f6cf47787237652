import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { browserUser } from '../api/platform/system-user.ts'
import { openNetwork } from '../test/rig/network.ts'
import { BROWSER_DIR } from './testing/camera.ts'
import { WAYS } from './testing/hostile-page.ts'

const run = promisify(execFile)
const PRISON = new URL('testing/prison.ts', import.meta.url).pathname

// A network of its own has a 169.254.169.254 to listen at.
test('a page that tries every way reaches neither this machine nor the metadata of a cloud', async () => {
  await using network = await openNetwork()
  const within = (...words: string[]) =>
    run(network.within[0]!, [...network.within.slice(1), ...words])
  await within('ip', 'address', 'add', '169.254.169.254/32', 'dev', 'lo')
  const user = await browserUser()
  const ids = [`${user?.uid ?? ''}`, `${user?.gid ?? ''}`]
  const { stdout } = await within(process.execPath, PRISON, BROWSER_DIR, ...ids)
  const { refused, opened } = JSON.parse(stdout)
  expect(refused).toEqual({ pictured: true, reached: [] })
  // The ways are ways: all but those that nothing opens lead to each canary when they may.
  const closed = ['preconnect', 'new window', 'WebRTC over UDP', 'WebRTC over TCP', 'web transport']
  const found = (host: string) =>
    WAYS.filter((way) => opened.reached.includes(`${host}/${way.replaceAll(' ', '-')}`))
  for (const host of ['127.0.0.1', '::1', '169.254.169.254'])
    expect(found(host)).toEqual(WAYS.filter((way) => !closed.includes(way)))
})
