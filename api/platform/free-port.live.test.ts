import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { serversListening } from '../../test/listening.ts'
import { holdPort } from './free-port.ts'

test("a held port is nobody else's, until a server takes it over and ends", async () => {
  const before = serversListening()
  using held = await holdPort()
  const { port, listener } = held
  await expect(listening(createServer(), port)).rejects.toThrow('EADDRINUSE')
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed')

  const web = createHttpServer((_, response) => response.end('served'))
  await listening(web, listener)
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('served')
  expect(serversListening()).toBe(before + 1)
  web.closeAllConnections()
  web.close()
  await eventually('it is free', () => serversListening() === before)
})

test('a held port that nobody took over is free again once it is let go', async () => {
  const before = serversListening()
  const { [Symbol.dispose]: letGo } = await holdPort()
  expect(serversListening()).toBe(before + 1)
  letGo()
  await eventually('it is free', () => serversListening() === before)
})

async function listening(server: Server, place: number | Server): Promise<void> {
  server.listen(place)
  await once(server, 'listening')
}
