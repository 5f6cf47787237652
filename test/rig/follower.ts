import type { Caller } from './graphql.ts'

const CHANGES = 'subscription ($after: String) { changes(after: $after) { cursor kind action id } }'

/** Who follows a workspace by server-sent events, on one connection. */
export type Follower = {
  /** The cursors of all that was told so far, in the order in which it came. */
  cursors: string[]
  /** Throws what has ended the stream, if anything has. */
  stop(): Promise<void>
}

export async function follow({ url, token }: Caller, after: string): Promise<Follower> {
  const ending = new AbortController()
  const response = await fetch(new URL('/graphql', url()), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query: CHANGES, variables: { after } }),
    signal: ending.signal,
  })
  const cursors: string[] = []
  const reading = read(response, cursors).catch((error: unknown) => {
    if (!ending.signal.aborted) return error
  })
  return {
    cursors,
    async stop() {
      ending.abort()
      const trouble = await reading
      if (trouble) throw trouble
    },
  }
}

async function read(response: Response, cursors: string[]): Promise<never> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const events = (text + chunk).split('\n\n')
    text = events.pop() ?? ''
    cursors.push(...events.flatMap(cursorIn))
  }
  throw new Error(`The stream ended: ${text}`)
}

function cursorIn(event: string): string[] {
  const [, json] = /^data: ({.*})$/m.exec(event) ?? []
  if (!json) return []
  const { data } = JSON.parse(json) as { data?: { changes: { cursor: string } } | null }
  if (!data) throw new Error(`Not a change: ${json}`)
  return [data.changes.cursor]
}
