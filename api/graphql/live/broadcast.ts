import type { DocumentNode } from 'graphql'
import type { Shelf } from './shelf.ts'
import { createTail, type Tail } from './tail.ts'

/** The result of an event, written out in UTF-8 for all who are told the same. */
export type Rendered = Buffer

/** What a result takes up besides its bytes, as measured; most are shorter than that. */
const BESIDE_BYTES = 1_200

type Listener = (rendered: Rendered) => void

/** Where it is found again; `key` is unique within a document. */
export type Origin = { workspaceId: string; document: DocumentNode; key: string }

/** One selection of one audience: what an event looks like to it is found out once, and told to all its followers. */
export type Broadcast = {
  readonly origin: Origin
  followers: number
  /** The result where it is there; else undefined, and whoever asked is called once it is. */
  render(event: object, listener: Listener): Rendered | undefined
  readonly tail: Tail
}

/** Never fails: what goes wrong is a result too. */
export type Execute = (event: object, isNeeded: () => boolean) => Promise<string>

export function createBroadcast(origin: Origin, shelf: Shelf, execute: Execute): Broadcast {
  const known = new WeakMap<object, Rendered>()
  // Called one after the other: a promise for each of ten thousand would be alive at the same time.
  const listening = new WeakMap<object, Listener[]>()

  async function renderFirst(event: object, listeners: Listener[]): Promise<void> {
    const text = await execute(event, () => broadcast.followers > 0)
    const rendered = bytesOf(text)
    known.set(event, rendered)
    listening.delete(event)
    shelf.put({ length: BESIDE_BYTES + rendered.length, drop: () => known.delete(event) })
    for (const listener of listeners) listener(rendered)
  }

  function render(event: object, listener: Listener): Rendered | undefined {
    const rendered = known.get(event)
    if (rendered) return rendered
    const listeners = listening.get(event)
    if (listeners) listeners.push(listener)
    else {
      const first = [listener]
      listening.set(event, first)
      void renderFirst(event, first)
    }
    return undefined
  }

  const broadcast: Broadcast = {
    origin,
    followers: 0,
    render,
    tail: createTail(render),
  }
  return broadcast
}

/** On its own, and not in a piece of a pool that would be kept with it. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}
