import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { openTestDatabase } from '../test/database.ts'
import { serversListening } from '../test/listening.ts'
import { createApp } from './app.ts'
import { readEnvironment } from './platform/environment.ts'

test('the port of PORT=0 is taken before anything else is waited for', async () => {
  await using database = await openTestDatabase()
  await using opened = new AsyncDisposableStack()
  const databaseUrl = new URL(database.url)
  const listeningAt: number[] = []
  const gate = createServer((near) => {
    listeningAt.push(serversListening())
    const far = connect(Number(databaseUrl.port), databaseUrl.hostname)
    near.on('error', () => far.destroy()).pipe(far)
    far.on('error', () => near.destroy()).pipe(near)
  }).listen(0, '127.0.0.1')
  opened.defer(() => void gate.close())
  await once(gate, 'listening')
  const { port } = gate.address() as AddressInfo
  const through = Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href

  const withGate = serversListening()
  const variables = { PORT: '0', DATABASE_URL: through, ROLES: 'web', LOG_LEVEL: 'silent' }
  const app = await createApp(readEnvironment(variables))
  opened.defer(() => app.close())
  expect(listeningAt[0]).toBe(withGate + 1)
  expect(serversListening()).toBe(withGate + 1)
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200)
})

test('a process that serves nothing takes no port for PORT=0', async () => {
  await using database = await openTestDatabase()
  await using opened = new AsyncDisposableStack()
  const before = serversListening()
  const variables = { PORT: '0', DATABASE_URL: database.url, ROLES: 'dispatcher' }
  const app = await createApp(readEnvironment({ ...variables, LOG_LEVEL: 'silent' }))
  opened.defer(() => app.close())
  expect(serversListening()).toBe(before)
})
