import { expect } from 'vitest'
import type { Answer, TestServer } from './graphql-server.ts'
import { askBySocket } from './sockets.ts'

type Server = Pick<TestServer, 'url'>
type Asked = Pick<Answer, 'data' | 'errors'>

/** One operation as JSON, or what claims to be, as each transport takes it. */
export const transports: Record<string, (server: Server, body: string) => Promise<Asked>> = {
  HTTP: async (server, body) => {
    const response = await post(server, body)
    expect(response.status).toBeLessThan(500)
    const { data = null, errors = [] } = (await response.json()) as Partial<Answer>
    return { data, errors }
  },
  WebSocket: askBySocket,
}

export function post(
  { url }: Server,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
}
