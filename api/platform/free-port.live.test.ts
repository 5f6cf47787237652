import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { expect, test } from 'vitest'
import { holdPort } from './free-port.ts'

test("a held port is nobody else's, until a server takes it over and ends", async () => {
  using held = await holdPort()
  const { port, listener } = held
  await expect(listening(createServer(), port)).rejects.toThrow('EADDRINUSE')
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed')

  const web = createHttpServer((_, response) => response.end('served'))
  await listening(web, listener)
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('served')
  web.closeAllConnections()
  await closed(web)

  const next = createServer()
  await listening(next, port)
  await closed(next)
})

test('a held port that nobody took over is free again once it is let go', async () => {
  const { port, [Symbol.dispose]: letGo } = await holdPort()
  letGo()
  const next = createServer()
  await listening(next, port)
  await closed(next)
})

async function listening(server: Server, place: number | Server): Promise<void> {
  server.listen(place)
  await once(server, 'listening')
}

async function closed(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}
