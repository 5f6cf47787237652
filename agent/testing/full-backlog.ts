import { createServer, type AddressInfo } from 'node:net'

/** Listens and tells its port; stopped by its parent, it leaves connections in a queue of one. */
const server = createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.send?.((server.address() as AddressInfo).port)
})
