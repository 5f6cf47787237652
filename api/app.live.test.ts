import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { openTestDatabase } from '../test/database.ts'
import { createApp } from './app.ts'
import { readEnvironment } from './platform/environment.ts'

const LISTENING = '0A'

test('the port of PORT=0 is taken before anything else is waited for', async () => {
  await using database = await openTestDatabase()
  const databaseUrl = new URL(database.url)
  const takenAtFirst: string[][] = []
  const gate = createServer((near) => {
    takenAtFirst.push(portsListenedOn())
    const far = connect(Number(databaseUrl.port), databaseUrl.hostname)
    near.on('error', () => far.destroy()).pipe(far)
    far.on('error', () => near.destroy()).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(gate, 'listening')
  const { port } = gate.address() as AddressInfo
  const through = Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href

  const variables = { PORT: '0', DATABASE_URL: through, ROLES: 'web', LOG_LEVEL: 'silent' }
  const app = await createApp(readEnvironment(variables))
  expect(takenAtFirst[0]).toContain(new URL(app.url).port)
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200)
  await app.close()
  gate.close()
})

/** By anybody on this machine. */
function portsListenedOn(): string[] {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFileSync(path, 'latin1'))
  const lines = tables.flatMap((table) => table.split('\n'))
  const sockets = lines.map((line) => line.trim().split(/\s+/))
  return sockets
    .filter(([, , , state]) => state === LISTENING)
    .map(([, local = '']) => String(Number.parseInt(local.split(':')[1] ?? '', 16)))
}
