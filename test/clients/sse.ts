import type { Connection } from './board.ts'
import { persist, repeatUntil, wait, waitMs } from './patience.ts'
import {
  type Change,
  CHANGES,
  dataOf,
  type Pharos,
  type Result,
  START,
  type Start,
} from './pharos.ts'

/** Pharos says something every 12 s: where nothing came for so long, nothing will. */
const SILENCE_MS = 30_000

type Request = { query: string; variables?: object }

/** By fetch alone: nothing to install, and nothing on the way has to know of WebSocket. */
export function overSse(pharos: Pharos): Connection {
  return {
    read: (signal) =>
      persist(async () => {
        const response = await post(pharos, { query: START }, { signal })
        return dataOf((await response.json()) as Result<Start>)
      }, signal),
    async follow(after, tell, signal) {
      let cursor = after
      const listen = async () => {
        const request = { query: CHANGES, variables: { after: cursor } }
        for await (const result of events<{ changes: Change }>(pharos, request, signal)) {
          const { changes } = dataOf(result)
          cursor = changes.cursor
          tell(changes)
        }
      }
      await repeatUntil(signal, async () => {
        await persist(listen, signal)
        await wait(waitMs(0))
      })
    },
  }
}

/** The results of a subscription, until the connection is lost. */
async function* events<Data>(
  pharos: Pharos,
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Result<Data>> {
  const silence = new AbortController()
  const watch = () => setTimeout(() => silence.abort(), SILENCE_MS)
  let watchdog = watch()
  try {
    const endBy = AbortSignal.any([signal, silence.signal])
    const { body } = await post(pharos, request, { accept: 'text/event-stream', signal: endBy })
    for await (const event of blocks(body!.pipeThrough(new TextDecoderStream()))) {
      clearTimeout(watchdog)
      watchdog = watch()
      const [, result] = /^data: (.+)$/m.exec(event) ?? []
      if (result) yield JSON.parse(result) as Result<Data>
    }
  } finally {
    clearTimeout(watchdog)
  }
}

/** What stands between empty lines. A connection that is lost is an end like any other. */
async function* blocks(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let text = ''
  try {
    for await (const piece of pieces) {
      const whole = (text + piece).split('\n\n')
      text = whole.pop() ?? ''
      yield* whole
    }
  } catch {}
}

/** What is refused as a whole is told like any result, in the form that was asked for. */
async function post(
  { url, token }: Pharos,
  request: Request,
  { accept = 'application/json', signal }: { accept?: string; signal: AbortSignal },
): Promise<Response> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${token()}` },
    body: JSON.stringify(request),
    signal,
  })
  const mayPass = response.status >= 500 || response.status === 429
  if (mayPass) throw new Error(`Pharos answered ${response.status}.`)
  return response
}
